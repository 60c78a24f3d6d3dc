"""What a charge left behind to be charged again."""

from __future__ import annotations

from datetime import datetime

from foundation import rows
from processors.gateways.types import Code, SavedInstrument
from processors.payments.models import Instrument, Payment
from processors.payments.services.creating import check_token

DEAD_CARDS = frozenset({Code.EXPIRED_CARD, Code.INVALID_CARD, Code.LOST_STOLEN_PICKUP, Code.PREVIOUS_HARD_DECLINE})


def keep_instrument(
    payment: Payment, merchant: str, saved: SavedInstrument | None, *, at: datetime
) -> Instrument | None:
    """The fan's card at this account, remembered once; a token that belongs to somebody else is left alone."""
    if saved is None or not saved.token:
        return None
    check_token(saved.token)
    new = Instrument(
        merchant_account_id=merchant,
        token=saved.token,
        party_id=payment.fan_id,
        platform_id=payment.platform_id,
        brand=saved.brand[:20],
        first6=saved.first6[:8],
        last4=saved.last4[:4],
        expires=saved.expires[:4],
        fingerprint=saved.fingerprint[:64],
        created_at=at,
    )
    kept = new if rows.insert_new(new) else Instrument.objects.get(merchant_account_id=merchant, token=saved.token)
    return kept if (kept.party_id, kept.platform_id) == (payment.fan_id, payment.platform_id) else None


def retire_instrument(payment: Payment, code: Code | None) -> None:
    """A card that its bank calls dead is not charged again."""
    if payment.instrument_id and code in DEAD_CARDS:
        Instrument.objects.filter(pk=payment.instrument_id).update(is_usable=False)
