"""Subscriptions that we bill: each renewal is judged like any other charge."""

from datetime import timedelta

import pytest
from django.db import transaction

from foundation import clock
from foundation.identity.roles import Role
from foundation.money import Money
from processors.payments.models import Payment, Subscription
from processors.payments.services import create_subscription, prepare_attempt, send_attempt
from processors.payments.services.creating import create_payment
from processors.payments.types import Wish
from products.fanzpay.services import renew_due
from tests.cast import HOUSE, member, platform
from tests.fanzpay.till import APPROVED
from tests.trust.stories import agreed
from trust.charges import warrant_charge
from trust.models import TrustDecision

pytestmark = pytest.mark.django_db(transaction=True)
PRICE = Money(999, "USD")


def subscribed():
    """Sam pays Maya again every 30 days, charged by us."""
    here = {"platform_id": platform().pk, "fan_id": member("sam", Role.FAN).party_id,
            "creator_id": member("maya").party_id}  # fmt: skip
    at = clock.now()
    with transaction.atomic():
        held = create_subscription(
            **here, reference="s-1", amount=PRICE, period_days=30, billed_by="us", by=HOUSE, at=at
        )
        wish = Wish(
            **here, reference="first", product="subscription", amount=PRICE, token=APPROVED, subscription_id=held.pk
        )
        payment = create_payment(wish=wish, by=HOUSE, at=at)
        allowed = warrant_charge(
            payment_id=payment.pk, **here, amount=PRICE, card="", device="", features={}, by=HOUSE, at=at
        )
        attempt = prepare_attempt(payment_id=payment.pk, warrant_id=allowed.warrant_id, token=APPROVED, by=HOUSE, at=at)
    send_attempt(attempt_id=attempt.pk, by=HOUSE)
    return held.pk


def test_a_due_renewal_is_judged_charged_and_charged_once(till):
    subscription_id = subscribed()
    assert renew_due(by=HOUSE) == {"charged": 0, "not_charged": 0, "left": 0}
    clock.move_clock(ahead=timedelta(days=30, hours=1))

    assert renew_due(by=HOUSE) == {"charged": 1, "not_charged": 0, "left": 0}
    assert renew_due(by=HOUSE) == {"charged": 0, "not_charged": 0, "left": 0}
    assert Payment.objects.filter(subscription_id=subscription_id, state="CAPTURED").count() == 2
    assert TrustDecision.objects.filter(verdict="allow").count() == till.calls["charge"] == 2


def test_a_renewal_that_trust_refuses_is_not_charged(till):
    subscription_id = subscribed()
    agreed(name="none-at-all", most_count=0)
    clock.move_clock(ahead=timedelta(days=30, hours=1))

    assert renew_due(by=HOUSE)["not_charged"] == 1
    assert (till.calls["charge"], Payment.objects.filter(state="DECLINED").count()) == (1, 1)
    behind = Subscription.objects.get(pk=subscription_id)
    assert (behind.state, behind.failures) == ("PAST_DUE", 1)
    assert behind.retry_at > clock.now()
