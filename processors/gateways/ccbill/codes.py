"""CCBill's numbers in our vocabulary."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from processors.gateways.types import Code

# declineCode of a charge; webhooks write it as BE-24.
DECLINES: Final[Mapping[int, Code]] = {
    11: Code.DO_NOT_HONOR, 15: Code.DUPLICATE, 18: Code.PREVIOUS_HARD_DECLINE, 22: Code.ISSUER_UNAVAILABLE,
    23: Code.INVALID_CARD, 24: Code.DO_NOT_HONOR, 25: Code.ISSUER_UNAVAILABLE, 26: Code.CONFIG_ERROR,
    27: Code.PROVIDER_ERROR, 29: Code.EXPIRED_CARD, 31: Code.INSUFFICIENT_FUNDS, 32: Code.CVV_MISMATCH,
    35: Code.RISK_DECLINED, 36: Code.ISSUER_UNAVAILABLE, 37: Code.INVALID_CARD, 38: Code.DO_NOT_HONOR,
    39: Code.VELOCITY, 40: Code.INVALID_CARD, 41: Code.CONFIG_ERROR, 42: Code.AVS_MISMATCH, 44: Code.INVALID_CARD,
}  # fmt: skip
REFUSED_BY_ISSUER: Final = 38
"""What a bank also says when it wanted a proof that it is the card holder."""

# Errors after which it is certain that nothing was charged.
ERRORS: Final[Mapping[int, Code]] = {
    100020: Code.CONFIG_ERROR, 100100: Code.CONFIG_ERROR, 100101: Code.INVALID_CARD, 100102: Code.INVALID_CARD,
    100104: Code.INVALID_CARD, 100105: Code.CONFIG_ERROR, 100107: Code.CONFIG_ERROR, 100108: Code.CONFIG_ERROR,
    100109: Code.CONFIG_ERROR, 100110: Code.MERCHANT_LIMIT, 100111: Code.MERCHANT_LIMIT,
    100112: Code.AUTHENTICATION_REQUIRED, 200000: Code.CONFIG_ERROR,
}  # fmt: skip
UNSURE: Final = frozenset({100103, 100106})
THREEDS_ERRORS: Final = range(200001, 200606)

DATALINK: Final[Mapping[int, Code]] = {
    0: Code.PROVIDER_ERROR, -1: Code.CONFIG_ERROR, -2: Code.NOT_REFUNDABLE, -3: Code.NOT_REFUNDABLE,
    -4: Code.CONFIG_ERROR, -5: Code.CONFIG_ERROR, -6: Code.CONFIG_ERROR, -8: Code.CONFIG_ERROR,
    -9: Code.CONFIG_ERROR, -10: Code.CONFIG_ERROR, -11: Code.NOT_REFUNDABLE, -12: Code.MERCHANT_LIMIT,
    -15: Code.MERCHANT_LIMIT, -16: Code.MERCHANT_LIMIT, -23: Code.MERCHANT_LIMIT, -24: Code.MERCHANT_LIMIT,
}  # fmt: skip
DONE, NO_RECORD, INTERNAL, LOCKED = 1, -3, -7, -12
LOCKED_SECONDS: Final = 3_600


def decline(code: Any) -> Code:
    """Why a bank said no; OTHER for a number nobody listed."""
    digits = re.search(r"\d{1,6}$", str(code))
    return DECLINES.get(int(digits.group()), Code.OTHER) if digits else Code.OTHER


def error(code: Any) -> Code | None:
    """Why CCBill did not even try; None when it may have."""
    if type(code) is not int or code in UNSURE:
        return None
    if code in THREEDS_ERRORS:
        return Code.AUTHENTICATION_FAILED
    return ERRORS.get(code)
