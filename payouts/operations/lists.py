"""Lists of payouts, and finding one by whatever number somebody has in hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from foundation import clock
from foundation.identity.models import Membership
from foundation.identity.names import names_of_creators
from foundation.identity.roles import Role
from foundation.money import Money
from ledger import chart
from ledger.selectors import find_account, get_balance
from payouts.life.models import Payout, PayoutBatch, PayoutInstruction
from payouts.life.states import OVER, WITH_RAIL, WITH_US, PayoutState
from payouts.operations.rules.lateness import LEAVES_WITHIN, handed_over_before, is_late

MOST_ON_A_PAGE, READ_AT_ONCE, MOST_FOUND = 200, 1_000, 50
OPEN = (*WITH_US, *WITH_RAIL)


@dataclass(frozen=True, slots=True)
class PayoutQuery:
    """What to look for; what is empty stays open. Amounts are of the currency that is named."""

    state: str = ""
    rail: str = ""
    origin: str = ""
    platform_id: UUID | None = None
    creator_id: UUID | None = None
    currency: str = ""
    least: Money | None = None
    most: Money | None = None
    since: datetime | None = None
    until: datetime | None = None
    is_late: bool = False
    needs_people: bool = False

    def said(self) -> dict[str, Any]:
        """What was asked, without what stayed open."""
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True, slots=True)
class PayoutLine:
    """A payout in a list."""

    id: UUID
    creator_id: UUID
    creator: str
    """What a platform calls them."""
    platforms: str
    rail: str
    destination: str
    amount: Money
    fee: Money
    origin: str
    state: str
    reason_code: str
    needs_people: bool
    is_disputed: bool
    is_extended: bool
    is_late: bool
    requested_at: datetime
    due_at: datetime | None
    promised_at: datetime | None
    sent_at: datetime | None
    paid_at: datetime | None
    ended_at: datetime | None
    ended_reason: str


@dataclass(frozen=True, slots=True)
class Counted:
    """How much is open: by state, and what of it needs somebody."""

    by_state: Mapping[str, int]
    amounts: Mapping[str, Mapping[str, Money]]
    """State -> currency -> amount."""
    late: int
    for_people: int

    def count(self, *states: str) -> int:
        return sum(self.by_state.get(state, 0) for state in states)

    def amounts_of(self, *states: str) -> list[Money]:
        """By currency, the largest figure first."""
        sums: dict[str, Money] = {}
        for state in states:
            for currency, amount in self.amounts.get(state, {}).items():
                sums[currency] = sums.get(currency, Money.zero(currency)) + amount
        return sorted(sums.values(), key=lambda amount: (amount.currency != "USD", -amount.minor))


def search_payouts(query: PayoutQuery, *, before: UUID | None = None, limit: int = 50) -> list[PayoutLine]:
    """Payouts that fit, newest first; `before` is the last id of the page before."""
    rows = _fitting(query)
    return lines_of((rows.filter(pk__lt=before) if before else rows)[: min(limit, MOST_ON_A_PAGE)])


def all_payouts(query: PayoutQuery, *, most: int) -> Iterator[PayoutLine]:
    """Every payout that fits, newest first, read in pieces so that nothing is held meanwhile."""
    before: UUID | None = None
    while most > 0:
        rows = _fitting(query)
        found = lines_of((rows.filter(pk__lt=before) if before else rows)[: min(READ_AT_ONCE, most)])
        if not found:
            return
        yield from found
        before, most = found[-1].id, most - len(found)


def find_payouts(words: str) -> list[PayoutLine]:
    """Payouts that carry this number: an id of anything about them, our reference, the rail's number, a file's
    reference, or a creator's name on a platform. Whatever else the list is narrowed to does not count here."""
    ids = [*_with_reference(words), *(_with_id(UUID(words)) if _is_id(words) else ())]
    return lines_of(_newest().filter(pk__in=set(ids))[:MOST_FOUND])


def count_open() -> Counted:
    """What has no end yet, in two questions however much there is behind it."""
    rows = Payout.objects.filter(state__in=OPEN)
    by_state: dict[str, int] = {}
    amounts: dict[str, dict[str, Money]] = {}
    for state, currency, count, total in (
        rows.order_by().values_list("state", "currency").annotate(n=Count("pk"), total=Sum("amount_minor"))
    ):  # fmt: skip
        by_state[state] = by_state.get(state, 0) + count
        amounts.setdefault(state, {})[currency] = Money(int(total), currency)
    found = rows.aggregate(
        late=Count("pk", filter=_late(clock.now())), for_people=Count("pk", filter=_for_people())
    )  # fmt: skip
    return Counted(by_state, amounts, found["late"], found["for_people"])


def creators_called(words: str) -> list[UUID]:
    """The creators with this number, or called so on a platform."""
    if _is_id(words):
        rows = Membership.objects.filter(party_id=UUID(words), role=Role.CREATOR)
    else:
        rows = Membership.objects.filter(Q(handle__iexact=words) | Q(external_id=words), role=Role.CREATOR)
    return sorted(set(rows.values_list("party_id", flat=True)[:MOST_FOUND]))


def available_to(creator_id: UUID, currency: str) -> Money:
    """What a creator could be paid now."""
    account = find_account(chart.creator("available", creator_id, currency))
    if account is None:
        return Money.zero(currency)
    balance = get_balance(account)
    return max(balance.posted - balance.held, Money.zero(currency))


def lines_of(rows: Iterable[Payout]) -> list[PayoutLine]:
    """Each with its creator's name, in one question more however many there are."""
    found = list(rows)
    names = names_of_creators(row.creator_id for row in found)
    at = clock.now()
    bounds = handed_over_before(at)
    return [_line(row, names.get(row.creator_id, ("", "")), at, bounds) for row in found]


def _line(row: Payout, name: tuple[str, str], at: datetime, bounds: Mapping[str, datetime]) -> PayoutLine:
    return PayoutLine(
        id=row.pk,
        creator_id=row.creator_id,
        creator=name[0],
        platforms=name[1],
        rail=row.rail,
        destination=row.method.label,
        amount=row.amount,
        fee=Money(row.fee_minor, row.currency),
        origin=row.origin,
        state=str(row.state),
        reason_code=row.reason_code,
        needs_people=row.needs_approval and row.approval_id is None and row.state not in OVER,
        is_disputed=row.is_disputed,
        is_extended=row.escrow.planned_release_at > row.escrow.first_release_at,
        is_late=is_late(
            state=row.state, rail=row.rail, promised_at=row.promised_at, sent_at=row.sent_at, at=at, bounds=bounds
        ),
        requested_at=row.requested_at,
        due_at=row.due_at,
        promised_at=row.promised_at,
        sent_at=row.sent_at,
        paid_at=row.paid_at,
        ended_at=row.ended_at,
        ended_reason=row.ended_reason,
    )


def _newest() -> QuerySet[Payout]:
    return Payout.objects.select_related("method", "escrow").order_by("-id")


def _fitting(query: PayoutQuery) -> QuerySet[Payout]:
    exact = {
        "state": query.state, "rail": query.rail, "origin": query.origin, "creator_id": query.creator_id,
        "currency": query.currency, "requested_at__gte": query.since, "requested_at__lt": query.until,
    }  # fmt: skip
    rows = _newest().filter(**{name: value for name, value in exact.items() if value})
    if query.least is not None:
        rows = rows.filter(currency=query.least.currency, amount_minor__gte=query.least.minor)
    if query.most is not None:
        rows = rows.filter(currency=query.most.currency, amount_minor__lte=query.most.minor)
    if query.platform_id:
        there = Membership.objects.filter(
            party=OuterRef("creator"), platform_id=query.platform_id, role=Role.CREATOR
        )  # fmt: skip
        rows = rows.filter(Exists(there))
    if query.is_late:
        rows = rows.filter(_late(clock.now()))
    return rows.filter(_for_people()) if query.needs_people else rows


def _late(at: datetime) -> Q:
    waits = Q(state__in=WITH_US, promised_at__lt=at - LEAVES_WITHIN)
    for rail, bound in handed_over_before(at).items():
        waits |= Q(state__in=WITH_RAIL, rail=rail, sent_at__lt=bound)
    return waits


def _for_people() -> Q:
    return Q(needs_approval=True, approval_id=None, state__in=[PayoutState.IN_ESCROW, PayoutState.FROZEN])


def _is_id(words: str) -> bool:
    try:
        return bool(UUID(words))
    except ValueError:
        return False


def _with_id(id: UUID) -> list[UUID]:
    found = [id, *PayoutInstruction.objects.filter(pk=id).values_list("payout_id", flat=True)]
    found += PayoutInstruction.objects.filter(batch_id=id).values_list("payout_id", flat=True)[:MOST_FOUND]
    found += Payout.objects.filter(asked_approval_id=id).values_list("pk", flat=True)
    found += Payout.objects.filter(freezes=id).values_list("pk", flat=True)
    return found


def _with_reference(words: str) -> list[UUID]:
    found = list(PayoutInstruction.objects.filter(reference=words).values_list("payout_id", flat=True))
    found += PayoutInstruction.objects.filter(provider_ref=words).values_list("payout_id", flat=True)[:MOST_FOUND]
    files = PayoutBatch.objects.filter(Q(reference=words) | Q(bank_ref=words)).exclude(reference="").values("pk")
    found += PayoutInstruction.objects.filter(batch_id__in=files).values_list("payout_id", flat=True)[:MOST_FOUND]
    return [*found, *_of_creators(creators_called(words))]


def _of_creators(party_ids: Iterable[UUID]) -> list[UUID]:
    rows = Payout.objects.filter(creator_id__in=list(party_ids)).order_by("-id")
    return list(rows.values_list("pk", flat=True)[:MOST_FOUND])
