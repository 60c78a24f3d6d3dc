"""A sale of another platform, row by row: what its neighbours may not see."""

from __future__ import annotations

from uuid import UUID

from foundation import clock
from foundation.identity.roles import Role
from processors.payments.giving_back import Refund
from processors.payments.models import Instrument, MerchantAccount, Payment, Subscription
from tests.cast import member, platform


def sale_elsewhere(slug: str) -> tuple[UUID, UUID, UUID, UUID]:
    """The ids of a payment, its refund, a subscription and a saved card there."""
    at, fan, creator = clock.now(), member("sam", Role.FAN, slug).party, member("maya", slug=slug).party
    account, _ = MerchantAccount.objects.get_or_create(
        slug="elsewhere", defaults={"provider": "elsewhere", "currencies": ["USD"], "is_open": False}
    )
    here = {"platform": platform(slug), "created_at": at}
    both = {"fan": fan, "creator": creator, "amount_minor": 999, "currency": "USD", **here}
    card = Instrument.objects.create(party=fan, merchant_account=account, token=f"again-{slug}", **here)
    payment = Payment.objects.create(reference="r1", product="ppv", method="card", **both)
    agreed = Subscription.objects.create(reference="s1", period_days=30, billed_by="us", **both)
    refund = Refund.objects.create(
        payment=payment, merchant_account=account, provider="elsewhere", reference=f"b1-{slug}", amount_minor=1,
        currency="USD", reason="none", requested_by="tests", **here,
    )  # fmt: skip
    return payment.pk, refund.pk, agreed.pk, card.pk
