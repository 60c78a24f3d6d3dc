"""Payments and disputes by whatever number somebody has in hand. Numbers are unique in a platform or a provider."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import TextChoices

from foundation import prepared
from foundation.money import Money
from foundation.search import Asked, Finder, Hit, finders
from processors.payments.states import DisputeState, PaymentState, RefundState, SubscriptionState

_PAYMENTS = """
WITH provider (slug) AS MATERIALIZED (SELECT DISTINCT provider FROM merchant_account), found (id) AS (
    SELECT id FROM payment WHERE id = %(id)s::uuid
    UNION SELECT payment_id FROM refund WHERE id = %(id)s::uuid
    UNION SELECT payment_id FROM payment_attempt WHERE id = %(id)s::uuid
    UNION SELECT id FROM payment
        WHERE platform_id = ANY(ARRAY(SELECT id FROM platform)) AND reference = %(words)s::text
    UNION SELECT payment_id FROM payment_attempt WHERE reference = %(words)s::text
    UNION SELECT payment_id FROM refund WHERE reference = %(words)s::text
    UNION SELECT payment_id FROM payment_attempt
        WHERE provider = ANY(ARRAY(SELECT slug FROM provider)) AND provider_ref = %(words)s::text AND provider_ref <> ''
    UNION SELECT payment_id FROM refund
        WHERE provider = ANY(ARRAY(SELECT slug FROM provider)) AND provider_ref = %(words)s::text AND provider_ref <> ''
)
SELECT payment.id, reference, platform.name, amount_minor, currency, state
FROM found JOIN payment USING (id) JOIN platform ON platform.id = platform_id
ORDER BY payment.id DESC LIMIT %(most)s
"""
_DISPUTES = """
SELECT payment_id, provider_ref, amount_minor, currency, state FROM dispute
WHERE id = %(id)s::uuid OR payment_id = %(id)s::uuid
OR provider = ANY(ARRAY(SELECT DISTINCT provider FROM merchant_account)) AND provider_ref = %(words)s::text
ORDER BY id DESC LIMIT %(most)s
"""
# What a platform's developers know: our ids and their own references, of what is theirs.
_PAYMENTS_OF = """
SELECT id, reference, amount_minor, currency, state FROM payment
WHERE platform_id = %(platform)s::uuid AND (id = %(id)s::uuid OR reference = %(words)s::text)
ORDER BY id DESC LIMIT %(most)s
"""
_REFUNDS_OF = """
SELECT payment_id, payment.reference, refund.amount_minor, refund.currency, refund.state
FROM refund JOIN payment ON payment.id = payment_id
WHERE refund.platform_id = %(platform)s::uuid AND payment.platform_id = refund.platform_id
AND refund.id = %(id)s::uuid LIMIT %(most)s
"""
_SUBSCRIPTIONS_OF = """
SELECT id, reference, amount_minor, currency, state FROM subscription
WHERE platform_id = %(platform)s::uuid AND (id = %(id)s::uuid OR reference = %(words)s::text)
ORDER BY id DESC LIMIT %(most)s
"""


def find_payments(asked: Asked) -> list[Hit]:
    rows = prepared.run(_PAYMENTS, {"id": asked.id, "words": asked.words, "most": asked.most})
    return [
        Hit(reference, f"{Money(minor, currency)} at {platform}: {PaymentState(state).label}", (id,))
        for id, reference, platform, minor, currency, state in rows
    ]


def find_disputes(asked: Asked) -> list[Hit]:
    rows = prepared.run(_DISPUTES, {"id": asked.id, "words": asked.words, "most": asked.most})
    return [
        Hit(f"Dispute {ref}", f"{Money(minor, currency)}: {DisputeState(state).label}", (payment_id,))
        for payment_id, ref, minor, currency, state in rows
    ]


def _of_platform(statement: str, states: type[TextChoices], called: str = "{}") -> Callable[[Asked], list[Hit]]:
    def find(asked: Asked) -> list[Hit]:
        if asked.viewer.platform_id is None:
            return []
        values = {"platform": asked.viewer.platform_id, "id": asked.id, "words": asked.words, "most": asked.most}
        return [
            Hit(called.format(reference), f"{Money(minor, currency)}: {states(state).label}", (id,))
            for id, reference, minor, currency, state in prepared.run(statement, values)
        ]

    return find


finders.add("payments", Finder("Payments", "money", "ops:payment", find_payments))
finders.add("disputes", Finder("Disputes", "warn", "ops:payment", find_disputes))
for _name, _title, _page, _find in (
    ("payments", "Payments", "payment", _of_platform(_PAYMENTS_OF, PaymentState)),
    ("refunds", "Refunds", "payment", _of_platform(_REFUNDS_OF, RefundState, "Refund of {}")),
    ("subscriptions", "Subscriptions", "subscription", _of_platform(_SUBSCRIPTIONS_OF, SubscriptionState)),
):
    finders.add(f"{_name}_of_platform", Finder(_title, "money", f"developers:{_page}", _find))
