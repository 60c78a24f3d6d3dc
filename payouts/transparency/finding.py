"""A creator's own payouts, by their number."""

from __future__ import annotations

from foundation.money import Money
from foundation.search import Asked, Finder, Hit, finders
from payouts.life.models import Payout


def find_own_payouts(asked: Asked) -> list[Hit]:
    if asked.id is None or asked.viewer.party_id is None:
        return []
    rows = Payout.objects.filter(pk=asked.id, creator_id=asked.viewer.party_id)
    return [
        Hit(f"Payout of {Money(minor, currency)}", f"asked for on {at:%-d %b %Y}", (id,))
        for id, minor, currency, at in rows.values_list("pk", "amount_minor", "currency", "requested_at")
    ]


finders.add("own_payouts", Finder("Your payouts", "money", "starz:payout", find_own_payouts))
