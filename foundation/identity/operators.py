"""A member of staff at the command line."""

from __future__ import annotations

import sys

from foundation import clock
from foundation.actors import Actor, ActorKind
from foundation.audit.services import record_refusal
from foundation.commands import operator
from foundation.errors import Forbidden, NotFound
from foundation.identity.login.second_factor import prove_by_code
from foundation.identity.models import User


def person_at_the_command_line(email: str, code: str = "") -> Actor:
    """The member of staff `--actor` names; a right code counts as having stepped up, a wrong one is refused."""
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if user is None or not user.is_staff:
        raise NotFound("identity.no_such_staff", f"No active member of staff has the address {email}.")
    machine = operator()
    if code and not prove_by_code(user, code, by=machine):
        record_refusal("command.identified", by=machine, code="auth.code_wrong", user_id=user.pk)
        raise Forbidden("auth.code_wrong", "That one-time code is wrong or was used before.")
    return Actor(
        ActorKind.USER,
        str(user.pk),
        roles=user.role_names,
        party_id=user.party_id,
        is_second_factor_passed=bool(code),
        stepped_up_at=clock.now() if code else None,
        source={"command": " ".join(sys.argv[1:2]), "operator": machine.id},
    )
