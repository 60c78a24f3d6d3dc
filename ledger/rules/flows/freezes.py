"""Freezing a part: the money stays in its account and is held there; nothing is posted."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from foundation.ids import named_id
from foundation.money import Money
from ledger.rules.legs import Reserve, Source, reserve
from ledger.types import AccountKey


def freeze_part(amount: Money, line: Source, available: Source) -> tuple[Reserve, ...]:
    """The money of one payment is held where it is: on its pending line first, what has settled on available."""
    return reserve([line, available], amount)


def freeze_all(sources: Iterable[Source]) -> tuple[Reserve, ...]:
    """Everything that is free on these accounts is held where it is. What comes later is not part of it."""
    return tuple(Reserve(source.account, source.free) for source in sources if source.free)


def hold_id(account: AccountKey, subject: UUID | str) -> UUID:
    """The one hold of an account for a subject: a payment, a dispute, or `all`. Freezes point to it."""
    return named_id("ledger.hold", account.path, subject)
