"""A wish is written down, and judged."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError

from foundation import prepared, rows
from foundation.actors import Actor
from foundation.events import publish
from foundation.money import Money
from foundation.states import move
from ledger.rules.flows.sales import Product
from processors.gateways.types import CLASS_OF, Code, Method
from processors.payments import events
from processors.payments.errors import refusal
from processors.payments.models import ChargeWarrant, Instrument, Payment, Subscription
from processors.payments.services.renewals import note_failed_renewal
from processors.payments.states import PaymentState, SubscriptionState
from processors.payments.types import Wish

LASTS = timedelta(days=1)
"""How long a buyer has who was told nothing else."""
LIKE_A_CARD = re.compile(r"(?:[0-9][ -]?){12,19}")


def create_payment(*, wish: Wish, by: Actor, at: datetime) -> Payment:
    """Write down what a fan is to pay, inside the caller's transaction. Nothing has left.

    Refuses a reference that was used, amounts that are none, a saved card that is not the fan's.
    """
    tax = wish.tax or Money.zero(wish.amount.currency)
    _check(wish, tax)
    payment = Payment(
        platform_id=wish.platform_id,
        fan_id=wish.fan_id,
        creator_id=wish.creator_id,
        reference=wish.reference,
        product=wish.product,
        content_id=wish.content_id,
        amount_minor=wish.amount.minor,
        tax_minor=tax.minor,
        currency=wish.amount.currency,
        jurisdiction=wish.jurisdiction,
        description=wish.description,
        method=wish.method,
        coin=wish.coin,
        return_url=wish.return_url,
        device=wish.device,
        ip=wish.ip,
        instrument_id=_chargeable(wish),
        subscription_id=_waiting(wish),
        created_at=at,
        expires_at=wish.expires_at or at + LASTS,
    )
    try:
        rows.insert(payment)
    except IntegrityError as error:
        if "payment_reference" not in str(error):
            raise
        raise refusal("payments.reference_used", reference=wish.reference) from error
    return payment


def grant_warrant(
    *, payment_id: UUID, verdict: str, most: Money, reasons: Sequence[object], policy: str, by: Actor, at: datetime,
    expires_at: datetime,
) -> ChargeWarrant:  # fmt: skip
    """Write down the judgement on a payment, by the room that judges. One that refuses ends the payment at once."""
    held = prepared.run("SELECT instrument_id FROM payment WHERE id = %s FOR UPDATE", [payment_id])
    if not held:
        raise refusal("payments.not_found")
    warrant = rows.insert(
        ChargeWarrant(
            payment_id=payment_id,
            verdict=verdict,
            most_minor=most.minor,
            currency=most.currency,
            instrument_id=held[0][0],
            reasons=list(reasons),
            policy=policy,
            granted_by=by.reference,
            granted_at=at,
            expires_at=expires_at,
        )
    )
    if verdict == ChargeWarrant.Verdict.REFUSE:
        _refuse(Payment.objects.locked(payment_id), by=by, at=at)
    return warrant


def _refuse(payment: Payment, *, by: Actor, at: datetime) -> None:
    """What nobody tried yet ends here."""
    if payment.state != PaymentState.CREATED:
        return
    code = Code.RISK_DECLINED
    move(payment, to=PaymentState.DECLINED, by=by, reason="refused before the charge", at=at, decline_code=code)
    publish(
        events.PaymentDeclined(
            payment.pk, payment.platform_id, payment.fan_id, payment.creator_id, "", payment.amount_minor,
            payment.currency, code, CLASS_OF[code],
        ),
        key=payment,
    )  # fmt: skip
    if payment.subscription_id:
        note_failed_renewal(payment, code, None, by=by, at=at)


def _check(wish: Wish, tax: Money) -> None:
    if wish.product not in set(Product):
        raise refusal("payments.bad_product", known=sorted(Product))
    if wish.method not in set(Method):
        raise refusal("payments.bad_method", known=sorted(Method))
    if tax.currency != wish.amount.currency or not 0 <= tax.minor < wish.amount.minor:
        raise refusal("payments.bad_amount")
    check_token(wish.token)


def check_token(token: str) -> None:
    """Refuse what looks like the number of a card: it may not come near us."""
    if LIKE_A_CARD.fullmatch(token):
        raise refusal("payments.bad_token")


def _chargeable(wish: Wish) -> UUID | None:
    if wish.instrument_id is None:
        return None
    mine = Instrument.objects.filter(
        pk=wish.instrument_id, party_id=wish.fan_id, platform_id=wish.platform_id, is_usable=True
    )
    if not mine.exists():
        raise refusal("payments.no_instrument")
    return wish.instrument_id


def _waiting(wish: Wish) -> UUID | None:
    """The subscription this is the first payment of, or the next."""
    if wish.subscription_id is None:
        return None
    mine = Subscription.objects.filter(
        pk=wish.subscription_id, platform_id=wish.platform_id, fan_id=wish.fan_id, creator_id=wish.creator_id
    ).exclude(state=SubscriptionState.ENDED)
    if not mine.exists():
        raise refusal("payments.no_subscription")
    return wish.subscription_id
