"""Holding money where it lies: one hold per account and subject; the last of its reasons lifted voids it."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from foundation.ids import named_id
from foundation.money import Money
from ledger.models import Hold
from ledger.rules.flows.freezes import hold_id
from ledger.selectors import find_account, get_hold
from ledger.services import lift_hold_reason, open_account, place_hold, raise_hold
from ledger.types import AccountKey


def freeze_part(*, keys: Iterable[AccountKey], amount: Money, subject: UUID | str, reason: str) -> Money:
    """Hold this much on the accounts in their order, at most what is there; returns how much is held.

    For one payment: its pending line, then available. A second reason for the same subject joins the same holds.
    """
    held = Money.zero(amount.currency)
    with transaction.atomic():
        for key in keys:
            held += _hold_most(key, amount - held, subject, reason)
    return held


def lift_freeze(*, keys: Iterable[AccountKey], subject: UUID | str, reason: str) -> bool:
    """One reason less; True when money is free again by this."""
    with transaction.atomic():
        lifted = [_lift(hold_id(key, subject), reason) for key in keys]
    return any(lifted)


def held_for(key: AccountKey, subject: UUID | str) -> Money:
    """What is held on this account for this subject."""
    id = hold_id(key, subject)
    return get_hold(id).left if _exists(id) else Money.zero(key.currency)


def _hold_most(key: AccountKey, wanted: Money, subject: UUID | str, reason: str) -> Money:
    id = hold_id(key, subject)
    if _exists(id):
        missing = max(wanted - get_hold(id).left, Money.zero(wanted.currency))
        raise_hold(id=named_id("ledger.raise", id, reason), hold_id=id, amount=missing, reason=reason, at_most=True)
        return get_hold(id).left
    if not wanted or find_account(key) is None:
        return Money.zero(wanted.currency)
    return place_hold(id=id, account_id=open_account(key), amount=wanted, reason=reason, at_most=True).amount


def _lift(id: UUID, reason: str) -> bool:
    return _exists(id) and lift_hold_reason(hold_id=id, reason=reason)


def _exists(id: UUID) -> bool:
    return Hold.objects.filter(pk=id).exists()
