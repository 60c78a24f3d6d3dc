"""Whether a charge that did not succeed is worth a try at another account of ours."""

from __future__ import annotations

from typing import Final

from processors.gateways.types import Code, DeclineClass, Outcome, Result

MOST_TRIES: Final = 3
TRIES_OF: Final = {Code.DO_NOT_HONOR: 2}
"""A bank that says no without a reason is asked once more, not twice."""
WORTH_IT: Final = (DeclineClass.SOFT, DeclineClass.TECHNICAL)
# Another account does not change the card, what is on it, or what its holder typed.
NOT_ELSEWHERE: Final = frozenset({
    Code.INSUFFICIENT_FUNDS, Code.OVER_LIMIT, Code.CVV_MISMATCH, Code.AVS_MISMATCH, Code.UNDERPAID, Code.EXPIRED,
})  # fmt: skip


def may_follow(outcome: Outcome, *, tries: int) -> bool:
    """After certainty that nothing was taken, never after doubt; at most twice more."""
    code = outcome.code
    if tries >= (TRIES_OF.get(code, MOST_TRIES) if code else MOST_TRIES):
        return False
    if outcome.result is Result.NOT_SENT:
        return True
    return outcome.result is Result.DECLINED and outcome.decline_class in WORTH_IT and code not in NOT_ELSEWHERE
