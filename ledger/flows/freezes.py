"""Holding money where it lies: one hold per account and subject; the last of its reasons lifted voids it."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from foundation.ids import named_id
from foundation.money import Money
from ledger.flows.journal import lock_creator
from ledger.models import Hold, HoldReason
from ledger.rules.flows.freezes import hold_id
from ledger.selectors import find_account, get_hold
from ledger.selectors.asking import ask
from ledger.services import lift_hold_reason, place_hold, raise_hold
from ledger.types import AccountKey

ALL = "all"
MOST = 2**53 - 1
"""More than an account can hold; the database holds what is there, at the moment it looks."""
RAISED = "SELECT id FROM ledger_hold_raise WHERE id = %s::uuid"


def freeze_part(
    *, freeze_id: UUID, keys: Iterable[AccountKey], amount: Money, subject: UUID | str, reason: str
) -> Money:
    """Hold this much on the accounts in their order, at most what is there; returns how much is held.

    For one payment: its pending line, then available. A second reason for the same subject joins the same holds. Told
    again under the same id nothing more is held, also when the freeze was lifted meanwhile.
    """
    held, keys = Money.zero(amount.currency), list(keys)
    with transaction.atomic():
        _lock(keys)
        for key in keys:
            held += _hold_most(key, amount - held, subject, reason, freeze_id)
    return held


def freeze_all(*, freeze_id: UUID, keys: Iterable[AccountKey], reason: str, subject: UUID | str = ALL) -> Money:
    """Hold everything that is free on these accounts, all of one currency; returns how much is held.

    What comes later is free until it is frozen under another id. A second reason joins the same holds.
    """
    keys = list(keys)
    with transaction.atomic():
        _lock(keys)
        held = [_hold_most(key, Money(MOST, key.currency), subject, reason, freeze_id) for key in keys]
    return sum(held[1:], start=held[0])


def unfreeze_all(*, keys: Iterable[AccountKey], reason: str, subject: UUID | str = ALL) -> bool:
    """One reason less to freeze everything; True when money is free again by this."""
    return lift_freeze(keys=keys, subject=subject, reason=reason)


def lift_freeze(*, keys: Iterable[AccountKey], subject: UUID | str, reason: str) -> bool:
    """One reason less; True when money is free again by this."""
    keys = list(keys)
    with transaction.atomic():
        _lock(keys)
        lifted = [_lift(hold_id(key, subject), reason) for key in keys]
    return any(lifted)


def held_for(key: AccountKey, subject: UUID | str) -> Money:
    """What is held on this account for this subject."""
    id = hold_id(key, subject)
    return get_hold(id).left if _exists(id) else Money.zero(key.currency)


def held_for_each(pairs: Iterable[tuple[AccountKey, UUID | str]]) -> dict[tuple[AccountKey, UUID | str], Money]:
    """The same of many accounts and subjects, in one question."""
    ids = {pair: hold_id(*pair) for pair in pairs}
    left = {
        hold.pk: Money(hold.amount - hold.captured - hold.released, hold.currency)
        for hold in Hold.objects.filter(pk__in=list(ids.values()))
    }
    return {pair: left.get(id, Money.zero(pair[0].currency)) for pair, id in ids.items()}


def _lock(keys: Iterable[AccountKey]) -> None:
    """A creator's balances come before the holds on them: what frees money may post it at once, and nobody waits in a
    ring."""
    creators = {(key.party_id, key.currency) for key in keys if key.kind == "creator" and key.party_id}
    for party_id, currency in sorted(creators):
        lock_creator(party_id, currency)


def _hold_most(key: AccountKey, wanted: Money, subject: UUID | str, reason: str, freeze_id: UUID) -> Money:
    id = hold_id(key, subject)
    if not _exists(id):
        if not wanted or (account := find_account(key)) is None:
            return Money.zero(wanted.currency)
        place_hold(id=id, account_id=account, amount=Money.zero(wanted.currency), at_most=True)
    added = named_id("ledger.raise", id, freeze_id)
    if not ask(RAISED, [added]):
        missing = max(wanted - _left(id), Money.zero(wanted.currency))
        raise_hold(id=added, hold_id=id, amount=missing, reason=reason, at_most=True)
    return _left(id)


def _left(id: UUID) -> Money:
    return get_hold(id).left


def _lift(id: UUID, reason: str) -> bool:
    """A hold may stand for others alone: its account was opened after this reason was given."""
    is_held = HoldReason.objects.filter(hold_id=id, reason=reason).exists()
    return is_held and lift_hold_reason(hold_id=id, reason=reason)


def _exists(id: UUID) -> bool:
    return Hold.objects.filter(pk=id).exists()
