"""Whether a payment that waited for a person may still be charged: the world moved on meanwhile."""

from __future__ import annotations

from foundation.restrictions.selectors import is_restricted
from foundation.restrictions.types import Kind
from processors.payments.errors import refusal
from processors.payments.models import Attempt, Payment
from processors.payments.services.routing import ways_for

WAITS = frozenset({"stopped"})
"""What is stopped runs again one day."""


def refuse_no_longer_chargeable(payment: Payment, attempt: Attempt) -> None:
    """Refuse whom it may not be charged to or for, a card that was forgotten, and an account that takes it no more."""
    why = [
        name
        for name, party_id in (("fan.suspended", payment.fan_id), ("creator.suspended", payment.creator_id))
        if is_restricted(party_id, Kind.SUSPENDED, payment.platform_id)
    ]
    if payment.instrument is not None and not attempt.token and not payment.instrument.is_usable:
        why.append("card.forgotten")
    ways = {way.slug: way.why_not for way in ways_for(payment, token=attempt.token)}
    why += [fault for fault in ways.get(attempt.merchant_account_id, ("closed",)) if fault not in WAITS]
    if why:
        raise refusal("payments.no_longer_chargeable", why=why)
