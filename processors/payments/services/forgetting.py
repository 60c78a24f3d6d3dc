"""A saved card that is not to be charged any more."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from foundation.actors import Actor
from foundation.audit.services import record
from processors.payments.errors import refusal
from processors.payments.models import Instrument


def forget_instrument(*, instrument_id: UUID, platform_id: UUID, by: Actor, at: datetime) -> None:
    """Charge this card never again; what was paid with it keeps naming it. NotFound for another platform's."""
    with transaction.atomic():
        card = Instrument.objects.select_for_update().filter(pk=instrument_id, platform_id=platform_id).first()
        if card is None or not card.is_usable:
            raise refusal("payments.no_card")
        card.is_usable = False
        card.save(update_fields=["is_usable"])
        record("instrument.forgotten", by=by, subject=card)
