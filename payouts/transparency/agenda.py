"""What comes when: settlement days, ends of waits, arrivals, runs of the creator's schedule, and days banks rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from foundation.money import Money
from payouts import words
from payouts.calendars.days import closed_because
from payouts.calendars.rails import RAILS
from payouts.life import seams
from payouts.life.models import PayoutSchedule
from payouts.life.rules import amounts
from payouts.life.services.taxing import after_tax
from payouts.life.services.timing import hours_of
from payouts.life.states import CreatorStatus
from payouts.methods.models import PayoutMethod
from payouts.methods.states import MethodState, Rail
from payouts.transparency.purse import Purse, coming_of, purses_of
from payouts.transparency.rules.arriving import leaving
from payouts.transparency.types import PayoutForCreator

AHEAD = timedelta(days=30)
Kind = PayoutSchedule.Kind


class What(StrEnum):
    SETTLES = "settles"
    LEAVES = "leaves"
    ARRIVES = "arrives"
    SCHEDULE = "schedule"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the calendar."""

    on: date
    what: What
    title: str
    detail: str = ""
    amount: Money | None = None
    is_estimate: bool = False
    at: datetime | None = None
    payout_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """When a creator is paid in a currency without asking, and what that means next."""

    currency: str
    kind: str
    weekday: int
    threshold: Money | None
    next_on: date | None
    why_not: str = ""
    """What keeps it from happening, if something does."""


def agenda_of(creator_id: UUID, payouts: Iterable[PayoutForCreator], *, at: datetime) -> list[Entry]:
    """The next thirty days, soonest first."""
    purses = {purse.currency: purse for purse in purses_of(creator_id)}
    entries = [*_settling(creator_id, purses, at), *_payouts(payouts, at), *_runs(creator_id, purses, at)]
    entries += _closed(creator_id, at)
    until = (at + AHEAD).date()
    return sorted((one for one in entries if one.on <= until), key=lambda one: (one.on, list(What).index(one.what)))


def plans_of(creator_id: UUID, *, at: datetime) -> list[Plan]:
    """The schedule of every currency the creator has money or a destination in."""
    purses = {purse.currency: purse for purse in purses_of(creator_id)}
    methods = _preferred(creator_id)
    rows = {row.currency: row for row in PayoutSchedule.objects.filter(creator_id=creator_id)}
    return [
        _plan(creator_id, currency, rows.get(currency), purses.get(currency), methods.get(currency), at)
        for currency in sorted({*purses, *methods, *rows})
    ]


def _settling(creator_id: UUID, purses: Mapping[str, Purse], at: datetime) -> list[Entry]:
    """By day; what is ripe already settles with the next daily run."""
    tomorrow = at.date() + timedelta(days=1)
    later = [one for one in coming_of(creator_id, at=at) if one.on > tomorrow]
    soon = {currency: purse.pending.minor for currency, purse in purses.items()}
    for one in later:
        soon[one.amount.currency] = soon.get(one.amount.currency, 0) - one.amount.minor
    title = words.AGENDA["settles"]
    first = [
        Entry(tomorrow, What.SETTLES, title, amount=Money(minor, currency), is_estimate=True)
        for currency, minor in soon.items() if minor > 0
    ]  # fmt: skip
    return first + [Entry(one.on, What.SETTLES, title, amount=one.amount, is_estimate=True) for one in later]


def _payouts(payouts: Iterable[PayoutForCreator], at: datetime) -> list[Entry]:
    found = []
    for one in payouts:
        if one.arrival is None:
            continue
        is_held = one.status is CreatorStatus.FROZEN
        if one.sent_at is None and one.leaves_at and one.leaves_at > at and not is_held:
            found.append(Entry(one.leaves_at.date(), What.LEAVES, words.AGENDA["leaves"], one.reason, one.amount,
                               one.arrival.is_estimate, one.leaves_at, one.id))  # fmt: skip
        found.append(
            Entry(
                one.arrival.arrives_by.date(), What.ARRIVES, words.AGENDA["arrives"].format(where=one.destination),
                one.arrival.why, one.receives, one.arrival.is_estimate, one.arrival.arrives_by, one.id,
            )
        )  # fmt: skip
    return found


def _runs(creator_id: UUID, purses: dict[str, Purse], at: datetime) -> list[Entry]:
    """What the schedule will ask for next, and when that would be there."""
    found = []
    methods = _preferred(creator_id)
    for plan in plans_of(creator_id, at=at):
        purse, method = purses.get(plan.currency), methods.get(plan.currency)
        if plan.next_on is None or purse is None or method is None:
            continue
        begins = datetime(plan.next_on.year, plan.next_on.month, plan.next_on.day, tzinfo=at.tzinfo)
        hours = hours_of(creator_id, seams.measuring.function(creator_id)).hours
        there = leaving(method.rail, begins + timedelta(hours=hours)).arrives_by
        detail = words.AGENDA["there"].format(date=f"{there:%A, %-d %B}", where=method.label)
        title = words.AGENDA[plan.kind]
        found.append(Entry(plan.next_on, What.SCHEDULE, title, detail, purse.available, is_estimate=True))
    return found


def _closed(creator_id: UUID, at: datetime) -> list[Entry]:
    """Days on which banks of the creator's rails rest; weekends are left out."""
    rails = sorted(set(_usable(creator_id).values_list("rail", flat=True)))
    found: dict[tuple[date, str], list[str]] = {}
    for rail in rails:
        for number in range(AHEAD.days + 1):
            day = at.date() + timedelta(days=number)
            name = closed_because(day, RAILS[rail].holidays)
            if name and day.weekday() < 5:
                found.setdefault((day, name), []).append(str(Rail(rail).label))
    return [
        Entry(day, What.CLOSED, name, words.AGENDA["closed"].format(rails=", ".join(labels)))
        for (day, name), labels in found.items()
    ]  # fmt: skip


def _plan(
    creator_id: UUID, currency: str, row: PayoutSchedule | None, purse: Purse | None, method: PayoutMethod | None,
    at: datetime,
) -> Plan:  # fmt: skip
    kind, weekday = (row.kind, row.weekday) if row else (Kind.ON_DEMAND, 1)
    threshold = Money(row.threshold_minor, currency) if row and row.threshold_minor else None
    next_on, why_not = None, ""
    if kind != Kind.ON_DEMAND:
        why_not = _why_not(creator_id, threshold, purse, method, at)
        next_on = None if why_not else _next(kind, weekday, at)
    return Plan(currency, str(kind), weekday, threshold, next_on, why_not)


def _why_not(
    creator_id: UUID, threshold: Money | None, purse: Purse | None, method: PayoutMethod | None, at: datetime
) -> str:
    """What keeps the schedule from asking for what is available now; nothing when it asks."""
    terms = amounts.terms(method.rail, method.currency) if method else None
    if method is None or terms is None:
        return words.AGENDA["no_method"]
    wanted = max(threshold, terms.least) if threshold else terms.least
    if purse is None or purse.available < wanted:
        return words.AGENDA["too_little"].format(least=words.plain(wanted))
    amount = min(purse.available, terms.most)
    left = after_tax(creator_id, amount, at=at)
    if left >= terms.least:
        return ""
    named = {"free": amount, "kept": amount - left, "least": terms.least}
    return words.AGENDA["too_little_after_tax"].format(**{name: words.plain(one) for name, one in named.items()})


def _next(kind: str, weekday: int, at: datetime) -> date:
    tomorrow = at.date() + timedelta(days=1)
    return tomorrow + timedelta(days=(weekday - tomorrow.weekday()) % 7) if kind == Kind.WEEKLY else tomorrow


def _usable(creator_id: UUID):  # type: ignore[no-untyped-def]
    return PayoutMethod.objects.filter(creator_id=creator_id, state__in=[MethodState.ACTIVE, MethodState.COOLING])


def _preferred(creator_id: UUID) -> dict[str, PayoutMethod]:
    return {row.currency: row for row in _usable(creator_id).filter(is_preferred=True)}
