"""Which days of the past are written down, and the next one that is not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from fanzmoney.demo.history.aftermath import write_aftermath
from fanzmoney.demo.history.charges import write_charges
from fanzmoney.demo.history.plan import Planned, plan_day, reference_of
from fanzmoney.demo.people import own_names
from foundation import clock
from foundation.hooks.queueing import GROUP
from foundation.identity.models import Membership, Platform
from foundation.identity.roles import Role
from foundation.inbox.services import pass_over
from foundation.retry import retrying
from processors.payments.giving_back import Dispute, Refund
from processors.payments.models import Payment, Subscription

DAYS, BEFORE_READY = 90, 7
TITLE = "The demo's past"


def write_week() -> int:
    """The last seven days on every platform; what is written already stays. Returns how many payments came."""
    at = clock.now()
    by_day: dict[date, list[Platform]] = {}
    for place, day in _missing(at, BEFORE_READY):
        by_day.setdefault(day, []).append(place)
    return sum(_write(places, day, at) for day, places in by_day.items())


def write_next_day() -> dict[str, Any]:
    """The newest missing day before those of the start, platform by platform, each in a transaction of its own."""
    at = clock.now()
    missing = list(_missing(at, DAYS, after=BEFORE_READY))
    todo = [pair for pair in missing if pair[1] == missing[0][1]] if missing else []
    written = sum(_write([place], day, at) for place, day in todo)
    left = len({day for _, day in missing}) - bool(todo)
    day = todo[0][1].isoformat() if todo else ""
    return {"title": TITLE, "done": DAYS - left, "of": DAYS, "unit": "days", "payments": written, "day": day}


def days_written(at: datetime) -> int:
    """How many days of the past stand on every platform."""
    return DAYS - len({day for _, day in _missing(at, DAYS)})


def _missing(at: datetime, days: int, *, after: int = 0) -> Iterator[tuple[Platform, date]]:
    """Platforms and days without a first payment, the newest day first."""
    dates = [(at - timedelta(days=back)).date() for back in range(after + 1, days + 1)]
    places = [place for place in Platform.objects.order_by("slug") if all(_people(place))]
    first = {reference_of(day, 1): day for day in dates}
    known = Payment.objects.filter(platform__in=places, reference__in=list(first))
    written = {(platform, first[reference]) for platform, reference in known.values_list("platform_id", "reference")}
    yield from ((place, day) for day in dates for place in places if (place.pk, day) not in written)


def _write(places: Sequence[Platform], day: date, at: datetime) -> int:
    """One day of these platforms, in one transaction; a rehearsal's transaction is not ours to repeat."""
    planned = [one for place in places for one in _plan(place, day, at)]
    return (_book if connection.in_atomic_block else retrying(_book))(planned, at)


def _book(planned: Sequence[Planned], at: datetime) -> int:
    with transaction.atomic():
        made = write_charges(planned)
        write_aftermath(made, until=at)
        _leave_untold([payment for _, payment in made])
    return len(made)


def _leave_untold(payments: list[Payment]) -> None:
    """To no platform is it news: whoever names an address while the past is written hears of what happens from now."""
    of_them = {"payment__in": payments}
    back = [*Refund.objects.filter(**of_them), *Dispute.objects.filter(**of_them)]
    pass_over(GROUP, [*payments, *Subscription.objects.filter(payments__in=payments), *back])


def _people(place: Platform, day: date | None = None) -> tuple[list[UUID], list[UUID]]:
    """The fans this platform had from the beginning, and its creators; on a day those who had come, if any had."""
    fans, creators = (
        list(
            Membership.objects.filter(platform=place, is_active=True, role=role, external_id__in=own_names(role))
            .order_by("external_id")
            .values_list("party_id", "joined_at")
        )
        for role in (Role.FAN, Role.CREATOR)
    )
    had_come = [party for party, joined in creators if day is None or joined.date() <= day]
    return [party for party, _ in fans], had_come or [party for party, _ in creators]


def _plan(place: Platform, day: date, at: datetime) -> list[Planned]:
    """With the people this platform had from the beginning."""
    fans, creators = _people(place, day)
    return plan_day(place.slug, place.pk, day, fans=fans, creators=creators, until=at)
