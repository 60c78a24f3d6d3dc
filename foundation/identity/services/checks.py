"""What an outside check of somebody's papers came to; rooms that decide about money read it on the party."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from foundation.actors import Actor
from foundation.audit.services import record
from foundation.errors import Conflict, Invalid
from foundation.events import publish
from foundation.identity.events import KycChecked
from foundation.identity.models import Party

C = Party.Check
# A renewal that is pending takes nothing away: the papers that were seen hold until they run out.
MOVES = {
    C.NOT_STARTED: (C.PENDING, C.PASSED, C.FAILED),
    C.PENDING: (C.PASSED, C.FAILED),
    C.PASSED: (C.PASSED, C.FAILED, C.EXPIRED),
    C.FAILED: (C.PENDING, C.PASSED, C.FAILED),
    C.EXPIRED: (C.PENDING, C.PASSED, C.FAILED),
}


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The word of whoever looked at the papers: what, whose, under which number of theirs, until when it holds."""

    state: Party.Check
    checked_by: str
    reference: str
    expires_at: datetime | None = None


def note_kyc(*, party_id: UUID, result: CheckResult, by: Actor, at: datetime) -> Party:
    """Write down what the check of who somebody is came to; told again, or older than what stands, it changes nothing.

    Refuses a result without its source, papers that have run out, and one that cannot follow what is known.
    """
    if not result.checked_by.strip() or not result.reference.strip():
        raise Invalid("identity.check_without_source", "Say who checked it and under which number.")
    if result.state == C.PASSED and result.expires_at is not None and result.expires_at <= at:
        raise Invalid("identity.papers_run_out", "These papers have run out.", expires_at=result.expires_at)
    with transaction.atomic():
        party = Party.objects.locked(party_id)
        before = C(party.kyc_state)
        if party.kyc_checked_at is not None and at < party.kyc_checked_at:
            return party
        if (before, party.kyc_expires_at) == (result.state, result.expires_at):
            Party.objects.filter(pk=party.pk).update(kyc_checked_at=at)
            return party
        if party.erased_at or party.alias_of_id or result.state not in MOVES[before]:
            raise Conflict("identity.cannot_check", "This result cannot follow what is known.", state=before)
        party.kyc_state, party.kyc_expires_at, party.kyc_checked_at = result.state, result.expires_at, at
        party.version += 1
        party.save(update_fields=["kyc_state", "kyc_expires_at", "kyc_checked_at", "version"])
        record(
            "party.kyc_checked", by=by, subject=party, before=before, after=result.state, expires_at=result.expires_at,
            checked_by=result.checked_by, reference=result.reference, checked_at=at,
        )  # fmt: skip
        publish(KycChecked(party.pk, str(result.state), result.expires_at), key=party)
    return party
