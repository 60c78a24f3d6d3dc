"""The questions this room asks of a payout by itself: who the creator is, and whether payouts wait for them."""

from __future__ import annotations

from datetime import datetime, timedelta

from foundation.identity.models import Party
from foundation.reasons import Reason
from foundation.restrictions.selectors import kinds_in_force_now
from foundation.restrictions.types import Kind
from payouts.life.models import Payout
from payouts.life.rules import amounts
from payouts.life.seams import PASSED, Look, Outcome, check

REVIEWED_WITHIN = timedelta(days=7)
WAITS = frozenset({str(Kind.PAYOUTS_BLOCKED), str(Kind.SUSPENDED)})


@check("identity")
def is_known(payout: Payout, at: datetime) -> Look:
    """Money goes to people whose papers hold; a small amount also before they were asked for."""
    state = papers_of(payout.creator, at)
    facts = {"state": str(state), "document": "a proof of who you are"}
    if state == Party.Check.PASSED:
        return PASSED
    if state in (Party.Check.FAILED, Party.Check.EXPIRED) or amounts.needs_proof(payout.amount):
        return Look(Outcome.STOPPED, facts, Reason.KYC_MISSING, at + REVIEWED_WITHIN)
    return Look(Outcome.NOTED, facts)


def papers_of(party: Party, at: datetime) -> Party.Check:
    """What is known of who somebody is, at this moment."""
    expired = party.kyc_expires_at is not None and party.kyc_expires_at <= at
    return Party.Check.EXPIRED if expired else Party.Check(party.kyc_state)


@check("restrictions")
def is_free(payout: Payout, at: datetime) -> Look:
    """A creator whose payouts were blocked, or who is suspended, waits for a person."""
    found = kinds_in_force_now(payout.creator_id) & WAITS
    if found:
        return Look(Outcome.STOPPED, {"restrictions": sorted(found)}, Reason.CHECK_IN_PROGRESS, at + REVIEWED_WITHIN)
    return PASSED
