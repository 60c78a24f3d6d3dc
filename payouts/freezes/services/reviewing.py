"""What people do with a freeze that stays: look at it, make it last longer, hand it on; and tick off notes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from compliance.escalations.states import Department
from foundation.actors import Actor
from foundation.audit.services import record
from foundation.identity.selectors import accounts_of
from foundation.notifications.services import notify
from payouts.freezes import words
from payouts.freezes.errors import refusal
from payouts.freezes.models import Freeze, ReviewNote
from payouts.freezes.services.placing import LONGEST
from payouts.freezes.services.releasing import given, hand_to_department, hold_freeze
from payouts.freezes.states import FreezeState, ReleasePath


def review_freeze(
    *, freeze_id: UUID, notes: str, review_by: datetime | None = None, by: Actor, at: datetime
) -> Freeze:  # fmt: skip
    """Look at a freeze and leave it: what was found is kept, and the date of the next look."""
    notes = given(notes)
    with transaction.atomic():
        row = _hold_live(freeze_id, by)
        _refuse_end(row, review_by, at)
        row.reviewed_at, row.review_by = at, review_by or row.review_by
        _keep(row, notes, "reviewed_at", "review_by")
        record("freeze.reviewed", by=by, subject=row, reason=notes, review_by=row.review_by)
    return row


def extend_freeze(
    *, freeze_id: UUID, until: datetime, seen_until: datetime | None, reason: str, by: Actor, at: datetime
) -> Freeze:  # fmt: skip
    """Make it last longer; the creator is told. Refuses a date not seen, an earlier one, more than half a year."""
    reason = given(reason)
    with transaction.atomic():
        row = _hold_live(freeze_id, by)
        is_timed = row.path == ReleasePath.TIME_BASED
        before = row.release_at if is_timed else row.review_by
        if before != seen_until:
            raise refusal("freezes.changed_meanwhile")
        _refuse_end(row, until, at)
        if before is not None and until <= before:
            raise refusal("freezes.bad_end")
        if is_timed:
            row.release_at = until
        else:
            row.review_by = until
        row.reviewed_at = at
        _keep(row, reason, "reviewed_at", "release_at", "review_by")
        said = words.message(
            freeze_type=row.freeze_type, code=row.code, facts=row.facts, path=row.path, until=until, action=row.action
        )
        notify(
            recipients=accounts_of(row.creator_id), notice="freeze.longer",
            dedupe=f"freeze.longer:{row.pk}:{until.isoformat()}",
            facts={"title": said.title, "body": said.body, "page": words.page_of(row.payout_id)}, at=at,
        )  # fmt: skip
        record("freeze.extended", by=by, subject=row, reason=reason, before=before, until=until)
    return row


def escalate_freeze(
    *, freeze_id: UUID, reason: str, department: Department | None = None, by: Actor, at: datetime
) -> Freeze:  # fmt: skip
    """Ask a department to decide; the money stays stopped. Refuses one that a department has already."""
    reason = given(reason)
    with transaction.atomic():
        row = _hold_live(freeze_id, by)
        if row.state != FreezeState.ACTIVE:
            raise refusal("freezes.with_a_department")
        row.reviewed_at = at
        _keep(row, reason, "reviewed_at")
        hand_to_department(row, reason, department=department, by=by, at=at)
    return row


def see_note(*, note_id: int, by: Actor, at: datetime) -> ReviewNote:
    """Somebody looked at a note; who was first stands. NotFound."""
    with transaction.atomic():
        row = ReviewNote.objects.select_for_update().filter(pk=note_id).first()
        if row is None:
            raise refusal("freezes.no_note")
        if row.seen_at is None:
            row.seen_at, row.seen_by = at, by.reference
            row.save(update_fields=["seen_at", "seen_by"])
            record("review_note.seen", by=by, subject=row)
    return row


def _hold_live(freeze_id: UUID, by: Actor) -> Freeze:
    row = hold_freeze(freeze_id)
    if row.state == FreezeState.RELEASED:
        raise refusal("freezes.lifted_already", released_at=row.released_at)
    if by.party_id is not None and by.party_id == row.creator_id:
        raise refusal("freezes.about_you")
    return row


def _refuse_end(row: Freeze, end: datetime | None, at: datetime) -> None:
    if end is not None and not at < end <= row.frozen_at + LONGEST:
        raise refusal("freezes.bad_end")


def _keep(row: Freeze, words_of: str, *columns: str) -> None:
    row.notes = f"{row.notes}\n{words_of}".strip()[:5000]
    row.save(update_fields=[*columns, "notes"])
