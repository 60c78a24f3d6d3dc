"""What the ledger refuses. Each is raised by the database and carries its facts; nothing of the call is stored."""

from __future__ import annotations

import json
from typing import Any

from django.db import Error

from foundation.errors import Conflict, Invalid, NotFound, PayloadMismatch, Refusal


class NotAMovement(Invalid):
    title, default_code = "Not a movement of money", "ledger.not_a_movement"


class OtherCurrency(Invalid):
    title, default_code = "The account keeps another currency", "ledger.other_currency"


class TooLarge(Invalid):
    title, default_code = "The amount is too large", "ledger.too_large"


class InsufficientBalance(Conflict):
    title, default_code = "There is not enough money in the account", "ledger.insufficient"


class AccountClosed(Conflict):
    title, default_code = "The account is closed", "ledger.account_closed"


class PeriodClosed(Conflict):
    title, default_code = "The books of that time are closed", "ledger.period_closed"


class ReversedTooMuch(Conflict):
    title, default_code = "More would be taken back than was moved", "ledger.reversed_too_much"


class HoldSettled(Conflict):
    """The hold was captured, voided or has expired; `state` says which."""

    title, default_code = "The hold is settled", "ledger.hold_settled"


class HoldExceeded(Conflict):
    title, default_code = "More would be captured than is held", "ledger.hold_exceeded"


BY_CODE: dict[str, type[Refusal]] = {
    "ledger.not_a_movement": NotAMovement,
    "ledger.other_currency": OtherCurrency,
    "ledger.insufficient": InsufficientBalance,
    "ledger.account_closed": AccountClosed,
    "ledger.period_closed": PeriodClosed,
    "ledger.reversed_too_much": ReversedTooMuch,
    "ledger.hold_captured": HoldSettled,
    "ledger.hold_voided": HoldSettled,
    "ledger.hold_expired": HoldSettled,
    "ledger.hold_exceeded": HoldExceeded,
}
BY_STATE: dict[str, type[Refusal]] = {
    "LG400": Invalid, "LG402": InsufficientBalance, "LG404": NotFound, "LG409": Conflict, "LG410": PeriodClosed,
    "LG422": PayloadMismatch,
}  # fmt: skip
OUT_OF_RANGE = "22003"
# What the tables themselves say when the functions' own questions were not asked.
BY_CONSTRAINT: dict[str, type[Refusal]] = {
    "ledger_floor": InsufficientBalance,
    "ledger_amount": TooLarge,
    "ledger_transfer_moves": NotAMovement,
    "ledger_reversed_at_most": ReversedTooMuch,
}


def refusal_of(error: Error) -> Refusal | None:
    """The typed refusal behind a database error; None when it is a bug or the database's own trouble."""
    cause: Any = error.__cause__
    state = getattr(cause, "sqlstate", None) or ""
    if state in BY_STATE:
        facts = json.loads(cause.diag.message_detail or "{}")
        code = facts.pop("code", "")
        return BY_CODE.get(code, BY_STATE[state])(code, cause.diag.message_primary, **facts)
    if state == OUT_OF_RANGE:
        return TooLarge("ledger.too_large", "The sum would not fit into an account.")
    kind = BY_CONSTRAINT.get(getattr(getattr(cause, "diag", None), "constraint_name", None) or "")
    return kind() if kind else None
