"""What was sent to a payment's own address, and its way on the books."""

from __future__ import annotations

from collections.abc import Sequence

from foundation.http.components import Badge, Column, Id, Row, Table
from ledger.selectors import list_journals
from ledger.types import TransferInfo
from processors.crypto.rules.pricing import units_text
from processors.crypto.states import DepositState
from processors.crypto.types import DepositView

STATES = {
    DepositState.SEEN: Badge("Announced", "review", "clock"),
    DepositState.CONFIRMING: Badge("In a block", "review", "clock"),
    DepositState.CONFIRMED: Badge("Ours", "normal", "check"),
    DepositState.REORGED: Badge("Its block is gone", "delayed", "warn"),
    DepositState.DROPPED: Badge("Never came", "neutral", "x"),
}


def coins_table(deposits: Sequence[DepositView]) -> Table:
    rows = [
        Row([
            Id(one.txid), f"{units_text(one.coin, one.units)} {one.coin}", STATES[DepositState(one.state)], one.seen_at,
        ])
        for one in deposits
    ]  # fmt: skip
    columns = [
        Column("Transaction"), Column("Coins", end=True), Column("State", tight=True), Column("Seen", tight=True),
    ]  # fmt: skip
    return Table("Coins", columns, rows)


def coin_legs(deposits: Sequence[DepositView]) -> list[TransferInfo]:
    """The movements by which the coins were received and used."""
    journals = list_journals({id for one in deposits for id in one.journals}) if deposits else {}
    return [leg for legs in journals.values() for leg in legs]
