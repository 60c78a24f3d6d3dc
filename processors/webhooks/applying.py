"""Apply what was told: claimed in batches, each in one transaction with the word on what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import connection, transaction

from foundation import clock, prepared
from foundation.actors import Actor
from foundation.crash import crash_point
from foundation.errors import Refusal
from foundation.events import publish
from foundation.retry import is_worth_repeating, let_connection_go, retrying
from processors.gateways.types import EventKind, Outcome
from processors.payments.rules.finalising import Step
from processors.payments.services import apply_told, ask_about, capture_plain
from processors.payments.services.telling import OF_A_CHARGE
from processors.payments.types import Applied, NeedsQuery, Parked, Stale, Verdict
from processors.webhooks.appliers import appliers
from processors.webhooks.events import ToldGivenUp
from processors.webhooks.known import settle_known
from processors.webhooks.models import ProviderTold
from processors.webhooks.rules.waiting import next_try
from processors.webhooks.states import ToldState

BATCH, ASKED_AT_ONCE = 50, 4
LEASE, LEASE_ASKING = timedelta(seconds=20), timedelta(minutes=3)
MOST_QUESTIONS = 3
log = structlog.get_logger("fanz.webhooks")

# One moment for the whole batch, by which it is known.
_CLAIM = """
UPDATE provider_told SET claimed_until = (SELECT fanz_now()) + make_interval(secs => %s) WHERE id IN (
    SELECT id FROM provider_told
    WHERE state IN ('DUE', 'PARKED') AND is_to_ask = %s AND due_at <= fanz_now()
        AND (claimed_until IS NULL OR claimed_until <= fanz_now())
    ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED
) RETURNING id
"""
# The claim is the fence: who was too slow finds another's mark there, and takes back all that it did.
_NOTE = """
UPDATE provider_told SET state = %s, version = version + CASE WHEN state = %s THEN 0 ELSE 1 END, why = %s,
    payment_id = coalesce(%s, payment_id), tries = tries + %s, due_at = coalesce(%s, due_at), done_at = %s,
    is_to_ask = %s, claimed_until = NULL
WHERE id = %s AND claimed_until = %s AND state IN ('DUE', 'PARKED')
"""
_NOTE_CAPTURED = """
UPDATE provider_told SET state = 'APPLIED', version = version + 1, why = %s, done_at = %s, tries = tries + 1,
    payment_id = done.payment_id, claimed_until = NULL
FROM unnest(%s::uuid[], %s::uuid[]) AS done (id, payment_id)
WHERE provider_told.id = done.id AND claimed_until = %s AND state IN ('DUE', 'PARKED') RETURNING 1
"""


class LostClaim(Exception):
    """Another worker took it over."""


def apply_due(*, by: Actor, limit: int = BATCH) -> int:
    """Make true what was told and proved; returns how many were tried. What has to be asked about is left aside."""
    claimed = _claim(limit, LEASE, is_to_ask=False)
    crash_point("webhooks.claimed")
    for told in _captured_together(settle_known(claimed), by):
        _try(told, by, is_asking=False)
    return len(claimed)


def _captured_together(claimed: Sequence[ProviderTold], by: Actor) -> Sequence[ProviderTold]:
    """Take plain charges to the books in one transaction; returns what is left to be applied one by one."""
    try:
        done = _capture(claimed, by)
    except Exception as error:
        if is_worth_repeating(error):
            raise
        log.warning("webhooks.one_by_one", told=len(claimed), error=type(error).__name__)
        return claimed
    return [told for told in claimed if told.pk not in done]


@retrying
def _capture(claimed: Sequence[ProviderTold], by: Actor) -> Mapping[UUID, UUID]:
    own = [told for told in claimed if told.kind not in appliers]
    if not own:
        return {}
    with transaction.atomic(durable=True):
        at = clock.now()
        done = capture_plain(own, by=by, at=at)
        if not done:
            return done
        crash_point("webhooks.applied")
        noted = prepared.run(
            _NOTE_CAPTURED, [str(Step.CAPTURE), at, list(done), list(done.values()), own[0].claimed_until]
        )
        if len(noted) != len(done):
            raise LostClaim
    return done


def ask_due(*, by: Actor, limit: int = ASKED_AT_ONCE) -> int:
    """Ask providers about what they told without proof, or too early, and apply it with the answer."""
    claimed = _claim(limit, LEASE_ASKING, is_to_ask=True)
    for told in settle_known(claimed):
        _try(told, by, is_asking=True)
    return len(claimed)


@retrying
def _claim(limit: int, lease: timedelta, *, is_to_ask: bool) -> list[ProviderTold]:
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(_CLAIM, [lease.total_seconds(), is_to_ask, limit])
        ids = [id for (id,) in cursor.fetchall()]
        found = ProviderTold.objects.filter(pk__in=ids) if ids else []
        return sorted(found, key=_in_order)


def _in_order(told: ProviderTold) -> tuple[str, datetime, int]:
    """What is about one payment together, in the order in which it happened."""
    about = told.reference or told.subscription_ref or told.provider_ref
    return about, told.occurred_at or told.received_at, int(told.facts.get("rank", 0))


def _try(told: ProviderTold, by: Actor, *, is_asking: bool) -> None:
    try:
        if is_asking:
            _ask_and_apply(told, by)
        else:
            _apply(told, None, by, is_asking=False)
    except LostClaim:
        log.warning("webhooks.claim_lost", told=str(told.pk))
    except Exception as error:
        if is_worth_repeating(error):
            raise
        say = log.warning if isinstance(error, Refusal) else log.exception
        say("webhooks.not_applied", told=str(told.pk), kind=told.kind, error=type(error).__name__)
        why = error.code if isinstance(error, Refusal) else type(error).__name__
        _set_aside(told, f"failed: {why}")


def _ask_and_apply(told: ProviderTold, by: Actor) -> None:
    asked: Outcome | None = None
    for _ in range(MOST_QUESTIONS):
        verdict = _apply(told, asked, by, is_asking=True)
        if not isinstance(verdict, NeedsQuery):
            return
        let_connection_go()
        crash_point("webhooks.asking")
        asked = ask_about(told=told)
    _set_aside(told, "asked, and still not sure")


@retrying
def _apply(told: ProviderTold, asked: Outcome | None, by: Actor, *, is_asking: bool) -> Verdict:
    with transaction.atomic(durable=True):
        at = clock.now()
        apply = appliers.get(told.kind, apply_told)
        verdict = _as_told(told, asked, apply(told=told, by=by, at=at, asked=asked))
        crash_point("webhooks.applied")
        if not (is_asking and isinstance(verdict, NeedsQuery)):
            _note(told, verdict, at)
    return verdict


def _as_told(told: ProviderTold, asked: Outcome | None, verdict: Verdict) -> Verdict:
    """Something may have changed by the answer alone: unproved news count as true only when the answer says the same,
    otherwise they may be told again."""
    is_word_against = (
        asked is not None
        and not told.is_proved
        and isinstance(verdict, Applied)
        and asked.result is not OF_A_CHARGE.get(EventKind(told.kind), asked.result)
    )
    return Stale(verdict.payment_id, "the provider, asked, says otherwise") if is_word_against else verdict


@retrying
def _set_aside(told: ProviderTold, why: str) -> None:
    with transaction.atomic(durable=True):
        try:
            _note(told, Parked(why), clock.now())
        except LostClaim:
            log.warning("webhooks.claim_lost", told=str(told.pk))


def _note(told: ProviderTold, verdict: Verdict, at: datetime) -> None:
    done_at: datetime | None = at
    due_at: datetime | None = None
    tries, is_to_ask = 1, told.is_to_ask
    match verdict:
        case Applied(what=why):
            state = ToldState.APPLIED
        case Stale(why=why):
            state = ToldState.STALE
        case NeedsQuery(why=why):
            state, done_at, tries, is_to_ask = ToldState(told.state), None, 0, True
        case Parked(why=why):
            due_at = next_try(told.tries + 1, at)
            state = ToldState.PARKED if due_at else ToldState.DEAD
            done_at = None if due_at else at
    changes = [str(state), str(state), why[:300], verdict.payment_id, tries, due_at, done_at, is_to_ask]
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [*changes, told.pk, told.claimed_until])
        if not cursor.rowcount:
            raise LostClaim
    if state is ToldState.DEAD and (told.is_proved or verdict.payment_id or told.payment_id):
        about = verdict.payment_id or told.payment_id
        publish(ToldGivenUp(told.pk, told.provider, told.kind, told.is_proved, about, why[:300]), key=told)
