"""A ledger of dictionaries, plain enough to be believed: what the real one is compared with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID


class Refused(Exception):
    """The model would not do this."""


@dataclass
class Account:
    floor: int | None
    posted: int = 0
    held: int = 0
    version: int = 0
    is_open: bool = True


@dataclass
class Move:
    debit: int
    credit: int
    amount: int
    reverses: UUID | None = None
    reversed: int = 0


@dataclass
class Reserve:
    account: int
    amount: int
    captured: int = 0
    released: int = 0
    state: str = "pending"
    reasons: set[str] = field(default_factory=set)
    ends: bool = False

    @property
    def left(self) -> int:
        return self.amount - self.captured - self.released


@dataclass
class Books:
    """All accounts, movements and holds, with the rules in the order in which a person would say them."""

    accounts: dict[int, Account] = field(default_factory=dict)
    moves: dict[UUID, Move] = field(default_factory=dict)
    holds: dict[UUID, Reserve] = field(default_factory=dict)
    closed_days_ago: int = 1_000

    def post_into_the_past(self, id: UUID, move: Move, days_ago: int) -> bool:
        if days_ago > self.closed_days_ago:
            raise Refused("period")
        return self.post(id, move)

    def close_books(self, days_ago: int) -> bool:
        if days_ago > self.closed_days_ago:
            raise Refused("period")
        is_new, self.closed_days_ago = days_ago != self.closed_days_ago, days_ago
        return is_new

    def end_holds(self) -> set[UUID]:
        ended = {id for id, hold in self.holds.items() if hold.ends and hold.state == "pending"}
        for id in ended:
            hold = self.holds[id]
            self.accounts[hold.account].held -= hold.left
            hold.released += hold.left
            hold.state = "captured" if hold.captured else "expired"
        return ended

    def lift(self, hold_id: UUID, reason: str) -> bool:
        hold = self.holds[hold_id]
        if reason not in hold.reasons:
            raise Refused("reason")
        if hold.state == "pending" and len(hold.reasons) == 1:
            return self.void(hold_id)
        if hold.state == "pending":
            hold.reasons.discard(reason)
        return False

    def post(self, id: UUID, move: Move, *, freed: int = 0) -> bool:
        known = self.moves.get(id)
        if known:
            if (known.debit, known.credit, known.amount, known.reverses) != (
                move.debit, move.credit, move.amount, move.reverses,
            ):  # fmt: skip
                raise Refused("payload")
            return False
        if move.reverses:
            self._check_reversal(move)
        debit, credit = self.accounts[move.debit], self.accounts[move.credit]
        if not (debit.is_open and credit.is_open):
            raise Refused("closed")
        if debit.floor is not None and debit.posted - debit.held + freed - move.amount < debit.floor:
            raise Refused("floor")
        if move.reverses:
            self.moves[move.reverses].reversed += move.amount
        debit.posted, debit.version, debit.held = debit.posted - move.amount, debit.version + 1, debit.held - freed
        credit.posted, credit.version = credit.posted + move.amount, credit.version + 1
        self.moves[id] = move
        return True

    def _check_reversal(self, move: Move) -> None:
        original = self.moves[move.reverses] if move.reverses else None
        if original is None or original.reverses or original.reversed + move.amount > original.amount:
            raise Refused("reversal")

    def place(self, id: UUID, account: int, amount: int, *, at_most: bool, reason: str, ends: bool = False) -> int:
        row = self.accounts[account]
        if not row.is_open:
            raise Refused("closed")
        if row.floor is None:
            raise Refused("no floor")
        free = row.posted - row.held - row.floor
        if at_most:
            amount = max(0, min(amount, free))
        elif amount > free:
            raise Refused("floor")
        row.held += amount
        self.holds[id] = Reserve(account, amount, reasons={reason} if reason else set(), ends=ends)
        return amount

    def capture(self, id: UUID, hold_id: UUID, move: Move, *, keep: bool) -> None:
        hold = self.holds[hold_id]
        if hold.state != "pending" or move.amount > hold.left:
            raise Refused("hold")
        rest = 0 if keep else hold.left - move.amount
        self.post(id, move, freed=move.amount + rest)
        hold.captured, hold.released = hold.captured + move.amount, hold.released + rest
        if hold.left == 0:
            hold.state = "captured"

    def void(self, hold_id: UUID) -> bool:
        hold = self.holds[hold_id]
        if hold.state == "voided":
            return False
        if hold.state != "pending":
            raise Refused("hold")
        self.accounts[hold.account].held -= hold.left
        hold.released += hold.left
        hold.state = "captured" if hold.captured else "voided"
        hold.reasons.clear()
        return True

    def close(self, account: int) -> None:
        row = self.accounts[account]
        if row.posted or row.held:
            raise Refused("not empty")
        row.is_open = False

    def state(self) -> dict[str, Any]:
        return {
            "accounts": {id: (a.posted, a.held, a.version, a.is_open) for id, a in self.accounts.items()},
            "holds": {id: (h.amount, h.captured, h.released, h.state) for id, h in self.holds.items()},
            "moves": len(self.moves),
        }
