"""Our account at a rail, and what it is handed for a payout."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from foundation.identity.personal import read_personal
from payouts.life.errors import refusal
from payouts.life.models import Payout, PayoutInstruction
from payouts.life.services.held import sent_of
from payouts.methods.selectors import open_details
from processors.gateways.rails.types import RailRequest
from processors.gateways.types import Merchant
from processors.payments.directory import directory, merchants_of

NOTE = "FanzMoney payout"


def account_for(rail: str, currency: str) -> Merchant:
    """The preferred account of ours at this rail that is open and pays in the currency; Unavailable without one."""
    ways = directory().ways
    for account in merchants_of(rail):
        way = ways[account.slug]
        if way.is_open and currency in way.currencies:
            return account
    raise refusal("payouts.no_account", rail=rail, currency=currency)


def requests_for(pairs: Iterable[tuple[Payout, PayoutInstruction]]) -> dict[UUID, RailRequest]:
    """What the rail is handed, by instruction; those whose creator was erased are missing."""
    known = list(pairs)
    details = open_details(instruction.method for _, instruction in known)
    people = read_personal({payout.creator_id for payout, _ in known})
    return {
        instruction.pk: RailRequest(
            reference=instruction.reference,
            amount=sent_of(payout),
            destination=details[instruction.method_id],
            name=details[instruction.method_id].get("name") or people.get(payout.creator_id, {}).get("name", ""),
            note=NOTE,
        )
        for payout, instruction in known
        if instruction.method_id in details
    }
