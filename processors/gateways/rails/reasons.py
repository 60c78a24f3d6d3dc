"""Why rails refuse or give back, in one vocabulary; their own codes are kept beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Why(StrEnum):
    PAYEE_INVALID = "payee_invalid"
    PAYEE_BLOCKED = "payee_blocked"
    REFUSED_BY_PAYEE = "refused_by_payee"
    REGULATORY = "regulatory"
    FUNDS = "funds"
    OVER_LIMIT = "over_limit"
    CONFIG_ERROR = "config_error"
    PROVIDER_ERROR = "provider_error"
    DUPLICATE = "duplicate"
    OTHER = "other"


SENTENCES: Final[Mapping[Why, str]] = {
    Why.PAYEE_INVALID: "The account does not exist, is closed, or its details are wrong.",
    Why.PAYEE_BLOCKED: "The account is blocked.",
    Why.REFUSED_BY_PAYEE: "The payee's bank sent it back on the payee's word.",
    Why.REGULATORY: "A rule of law stands in the way.",
    Why.FUNDS: "Our account with the rail does not hold enough.",
    Why.OVER_LIMIT: "A limit of the rail was reached.",
    Why.CONFIG_ERROR: "The rail does not understand us, or does not let us.",
    Why.PROVIDER_ERROR: "The rail had trouble of its own.",
    Why.DUPLICATE: "The rail believes that it did this before.",
    Why.OTHER: "The rail gives no other reason.",
}


@dataclass(frozen=True, slots=True)
class Reason:
    why: Why
    disables: bool = False
    """Whether the destination cannot be paid to until it is corrected."""


OURS: Final = frozenset({Why.FUNDS, Why.OVER_LIMIT, Why.CONFIG_ERROR, Why.PROVIDER_ERROR})
"""Reasons that lie with us or the rail: the payee is well, and it may be sent again when they are gone."""

OTHER: Final = Reason(Why.OTHER)
_GONE, _BLOCKED = Reason(Why.PAYEE_INVALID, disables=True), Reason(Why.PAYEE_BLOCKED, disables=True)
_LAW, _LATER = Reason(Why.REGULATORY), Reason(Why.PROVIDER_ERROR)
_TWICE = Reason(Why.DUPLICATE)
_FUNDS, _LIMIT, _CONFIG = Reason(Why.FUNDS), Reason(Why.OVER_LIMIT), Reason(Why.CONFIG_ERROR)
PAXUM: Final[Mapping[str, Reason]] = {
    "51": _FUNDS,
    **dict.fromkeys(("52", "53", "54", "56", "57"), _LIMIT),
    **dict.fromkeys(("03", "30", "3B", "3C", "3D", "3I", "3S", "3T", "55", "58", "66", "90", "99", "IM"), _CONFIG),
    **dict.fromkeys(("IP", "UA", "NM", "BM", "DE", "IA", "IK", "P5"), _GONE),
}
ACH: Final[Mapping[str, Reason]] = {
    **dict.fromkeys(("R02", "R03", "R04", "R12", "R13", "R14", "R15", "R17", "R20"), _GONE),
    "R16": _BLOCKED,
    "R23": Reason(Why.REFUSED_BY_PAYEE, disables=True),
    "DUPLICATE": _TWICE,
}
ISO20022: Final[Mapping[str, Reason]] = {
    **dict.fromkeys(("AC01", "AC04", "BE04", "BE08", "CNOR", "MD07", "RC01"), _GONE),
    "AC06": _BLOCKED,
    "AG01": Reason(Why.PAYEE_INVALID),
    "RR03": _LAW,
    "RR04": Reason(Why.REGULATORY, disables=True),
    "AM04": _FUNDS,
    "FF01": _CONFIG,
    **dict.fromkeys(("AM05", "DU01", "DU02", "DU03", "DU04", "DU05"), _TWICE),
    **dict.fromkeys(("ED05", "TECH"), _LATER),
    "MS03": OTHER,
}
EPAYSERVICE: Final[Mapping[str, Reason]] = {
    "insufficient_funds": _FUNDS,
    "limit_exceeded": _LIMIT,
    "invalid_amount": _CONFIG,
    "receiver_not_found": _GONE,
}
SIGNERS: Final[Mapping[str, Reason]] = {
    "ADDRESS": _GONE,
    "DUST": _CONFIG,
    "SANCTIONED": _LAW,
    "FUNDS": _FUNDS,
    "DUPLICATE": _TWICE,
    **dict.fromkeys(("CHAIN", "DROPPED", "FEE"), _LATER),
}


def is_twice(code: str) -> bool:
    """Whether who takes files refuses one, or a transfer in it, as done before: then it may have been paid."""
    return any(rail.get(code) == _TWICE for rail in (ACH, ISO20022, SIGNERS))
