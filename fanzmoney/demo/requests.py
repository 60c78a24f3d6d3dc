"""Something for a second person to decide on the first visit."""

from __future__ import annotations

from fanzmoney.demo.people import email_of
from foundation import clock
from foundation.actors import Actor, ActorKind
from foundation.approvals.models import Approval
from foundation.approvals.services import request_approval
from foundation.identity.models import User
from foundation.identity.roles import Role

NEWCOMERS = {"Nora": Role.FINANCE, "Theo": Role.SUPPORT}


def seed_requests() -> None:
    """Two newcomers wait for their role; asked for once in the life of a demo."""
    if Approval.objects.exists():
        return
    adam = User.objects.get(email=email_of(Role.ADMIN))
    asking = Actor(ActorKind.USER, str(adam.pk), roles=adam.role_names, is_second_factor_passed=True)
    for name, role in NEWCOMERS.items():
        email = f"{name.lower()}@fanzmoney.example"
        newcomer = User.objects.filter(email=email).first() or User.objects.create_user(email, name=name, is_demo=True)
        request_approval(
            kind="role.grant",
            payload={"user_id": str(newcomer.pk), "role": str(role)},
            reason=f"{name} joins the {role.label.lower()} desk",
            by=asking,
            at=clock.now(),
        )
