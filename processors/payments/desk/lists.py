"""Lists of payments, and finding one by whatever number somebody has in hand."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from foundation.identity.models import Platform
from foundation.money import Money
from processors.payments.giving_back import Dispute, Refund
from processors.payments.models import Attempt, MerchantAccount, Payment, Subscription
from processors.payments.states import PaymentState

MOST_ON_A_PAGE, READ_AT_ONCE, MOST_FOUND = 200, 1_000, 50


@dataclass(frozen=True, slots=True)
class PaymentQuery:
    """What to look for; what is empty stays open."""

    state: str = ""
    platform_id: UUID | None = None
    provider: str = ""
    product: str = ""
    currency: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def said(self) -> dict[str, Any]:
        """What was asked, without what stayed open."""
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """A payment in a list."""

    id: UUID
    reference: str
    platform: str
    product: str
    method: str
    coin: str
    provider: str
    state: str
    amount: Money
    refunds: Money
    disputed: Money
    decline_code: str
    is_paid_back_twice: bool
    created_at: datetime
    captured_at: datetime | None
    review_until: datetime | None
    approval_id: UUID | None

    @property
    def short(self) -> str:
        return str(self.id)[-8:]


def search_payments(query: PaymentQuery, *, before: UUID | None = None, limit: int = 50) -> list[PaymentLine]:
    """Payments that fit, newest first; `before` is the last id of the page before."""
    rows = _fitting(query)
    return _lines((rows.filter(pk__lt=before) if before else rows)[: min(limit, MOST_ON_A_PAGE)])


def all_payments(query: PaymentQuery, *, most: int) -> Iterator[PaymentLine]:
    """Every payment that fits, newest first, read in pieces so that nothing is held meanwhile."""
    before: UUID | None = None
    while most > 0:
        rows = _fitting(query)
        found = _lines((rows.filter(pk__lt=before) if before else rows)[: min(READ_AT_ONCE, most)])
        if not found:
            return
        yield from found
        before, most = found[-1].id, most - len(found)


def find_payments(words: str) -> list[PaymentLine]:
    """Payments that carry this number: an id of anything about them, a reference, or a provider's own number.

    Whatever else the list is narrowed to does not count here.
    """
    ids = _with_id(words) if _is_id(words) else _with_reference(words)
    return _lines(_newest().filter(pk__in=set(ids))[:MOST_FOUND])


def count_by_state(states: Collection[str]) -> dict[str, int]:
    """How many payments are in each of these states."""
    counted = Payment.objects.filter(state__in=states).order_by().values_list("state").annotate(n=Count("pk"))
    return dict.fromkeys(states, 0) | dict(counted)


def list_reviews(limit: int = MOST_ON_A_PAGE) -> list[PaymentLine]:
    """Payments a person has to look at, the one that ends soonest first."""
    parked = Payment.objects.filter(state=PaymentState.IN_REVIEW).select_related("merchant_account", "platform")
    return _lines(parked.order_by("review_until", "pk")[:limit])


def list_merchants() -> list[tuple[str, str]]:
    """Our accounts with providers: slug and provider."""
    return list(MerchantAccount.objects.values_list("slug", "provider"))


def _newest() -> QuerySet[Payment]:
    return Payment.objects.select_related("merchant_account", "platform").order_by("-id")


def _fitting(query: PaymentQuery) -> QuerySet[Payment]:
    rows = _newest()
    exact = {
        "state": query.state, "platform_id": query.platform_id, "product": query.product, "currency": query.currency,
        "merchant_account__provider": query.provider, "created_at__gte": query.since, "created_at__lt": query.until,
    }  # fmt: skip
    return rows.filter(**{name: value for name, value in exact.items() if value})


def _is_id(words: str) -> bool:
    try:
        return bool(UUID(words))
    except ValueError:
        return False


def _with_id(words: str) -> list[UUID]:
    id = UUID(words)
    found = [id]
    for table in (Refund, Dispute, Attempt):
        found += table.objects.filter(pk=id).values_list("payment_id", flat=True)
    found += _with_reference(words)
    for column in ("fan_id", "creator_id", "subscription_id"):
        found += Payment.objects.filter(**{column: id}).order_by("-id").values_list("pk", flat=True)[:MOST_FOUND]
    return found


def _with_reference(words: str) -> list[UUID]:
    """Each question walks an index: references are unique in a platform, providers' numbers in a provider."""
    platforms = list(Platform.objects.order_by().values_list("pk", flat=True))
    providers = list(MerchantAccount.objects.order_by().values_list("provider", flat=True).distinct())
    theirs: dict[str, Any] = {"provider__in": providers, "provider_ref": words}
    found = list(Payment.objects.filter(platform_id__in=platforms, reference=words).values_list("pk", flat=True))
    found += Attempt.objects.filter(reference=words).values_list("payment_id", flat=True)
    found += Refund.objects.filter(reference=words).values_list("payment_id", flat=True)
    for table in (Attempt, Refund, Dispute):
        found += table.objects.filter(**theirs).exclude(provider_ref="").values_list("payment_id", flat=True)
    subscriptions = Subscription.objects.filter(platform_id__in=platforms, reference=words).values("pk")
    newest = Payment.objects.filter(subscription_id__in=subscriptions).order_by("-id")
    return [*found, *newest.values_list("pk", flat=True)[:MOST_FOUND]]


def _lines(rows: Iterable[Payment]) -> list[PaymentLine]:
    return [
        PaymentLine(
            id=row.pk,
            reference=row.reference,
            platform=row.platform.name,
            product=row.product,
            method=row.method,
            coin=row.coin,
            provider=row.merchant_account.provider if row.merchant_account else "",
            state=str(row.state),
            amount=row.amount,
            refunds=Money(row.refunds_minor, row.currency),
            disputed=Money(row.disputed_minor, row.currency),
            decline_code=row.decline_code,
            is_paid_back_twice=row.is_paid_back_twice,
            created_at=row.created_at,
            captured_at=row.captured_at,
            review_until=row.review_until,
            approval_id=row.approval_id,
        )
        for row in rows
    ]
