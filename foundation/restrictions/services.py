"""Place and end restrictions. Whoever decides stands above and calls down; here it is written and made known."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from foundation.actors import Actor, system
from foundation.audit.services import record
from foundation.crash import crash_point
from foundation.events import publish
from foundation.identity.models import Party, User
from foundation.identity.sessions import end_sessions
from foundation.reasons import Reason
from foundation.restrictions import events
from foundation.restrictions.errors import refusal
from foundation.restrictions.models import Restriction
from foundation.restrictions.selectors import is_suspended_now, line_of, nearby
from foundation.restrictions.types import Kind, RestrictionLine

SWEEPER = system("restrictions")


def place_restriction(
    *,
    party_id: UUID,
    kind: Kind,
    source: str,
    reason: str,
    by: Actor,
    at: datetime,
    platform_id: UUID | None = None,
    active_from: datetime | None = None,
    active_until: datetime | None = None,
    legal_basis: str = "",
) -> RestrictionLine:
    """Forbid a party something, on one platform or everywhere; the same source again returns what stands.

    A suspension ends the person's sessions in the same transaction. Refuses an odd period, and a suspension without
    an end that does not name its platform and legal basis.
    """
    begins_at = active_from or at
    if not reason.strip() or not source.strip():
        raise refusal("restrictions.reason_missing")
    if active_until is not None and active_until <= begins_at:
        raise refusal("restrictions.bad_period")
    if kind is Kind.SUSPENDED and active_until is None and not (platform_id and legal_basis):
        raise refusal("restrictions.for_ever_needs_basis")
    with transaction.atomic():
        party = Party.objects.locked(party_id)
        row = Restriction(
            party=party, platform_id=platform_id, kind=kind, active_from=begins_at, active_until=active_until,
            source=source, reason=reason.strip()[:500], legal_basis=legal_basis, placed_by=by.reference, placed_at=at,
        )  # fmt: skip
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError as error:
            if "restriction_once_per_source" not in str(error):
                raise
            return line_of(_standing(row))
        record(
            "account.restricted", by=by, subject=party, platform_id=platform_id, reason=reason, kind=str(kind),
            source=source, restriction=row.pk, active_until=active_until,
        )  # fmt: skip
        publish(events.AccountRestricted(row.pk, party.pk, platform_id, str(kind), begins_at, active_until), key=party)
        crash_point("restrictions.placed")
        if kind is Kind.SUSPENDED:
            _end_sessions(party.pk, by, at)
        transaction.on_commit(nearby.forget)
    return line_of(row)


def end_restriction(*, restriction_id: UUID, reason: str, by: Actor, at: datetime) -> RestrictionLine:
    """Allow it again as far as this restriction goes; others of the same kind stay. Refuses one that has ended."""
    if not reason.strip():
        raise refusal("restrictions.reason_missing")
    row = Restriction.objects.filter(pk=restriction_id).first()
    if row is None:
        raise refusal("restrictions.not_found")
    ended = _end(row, reason, by, at)
    if ended is None:
        raise refusal("restrictions.ended_already")
    return line_of(ended)


def end_run_out(*, at: datetime, limit: int = 200) -> int:
    """End what was meant to last until now; safe to run twice at once."""
    run_out = list(Restriction.objects.run_out().order_by("pk")[:limit])
    return sum(_end(row, Reason.EXPIRED, SWEEPER, at) is not None for row in run_out)


def _end(row: Restriction, reason: str, by: Actor, at: datetime) -> Restriction | None:
    """End it once, the party's lock first as when it was placed; nothing when another hand was faster."""
    with transaction.atomic():
        party = Party.objects.locked(row.party_id)
        open_row = Restriction.objects.select_for_update().filter(pk=row.pk, ended_at=None).first()
        if open_row is None:
            return None
        open_row.ended_at, open_row.ended_by, open_row.ended_because = at, by.reference, reason.strip()[:500]
        open_row.save(update_fields=["ended_at", "ended_by", "ended_because"])
        record(
            "account.unrestricted", by=by, subject=party, platform_id=row.platform_id, reason=reason, kind=row.kind,
            source=row.source, restriction=row.pk,
        )  # fmt: skip
        publish(events.AccountUnrestricted(row.pk, row.party_id, row.platform_id, row.kind), key=party)
        transaction.on_commit(nearby.forget)
    return open_row


def _end_sessions(party_id: UUID, by: Actor, at: datetime) -> None:
    """Whoever is now shut out leaves at once."""
    if is_suspended_now(party_id):
        for user_id in User.objects.filter(party_id=party_id).values_list("pk", flat=True):
            end_sessions(user_id=user_id, by=by, at=at, reason="account suspended")


def _standing(wanted: Restriction) -> Restriction:
    return Restriction.objects.get(
        party=wanted.party, platform=wanted.platform_id, kind=wanted.kind, source=wanted.source, ended_at=None
    )
