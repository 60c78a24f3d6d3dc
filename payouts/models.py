from payouts.earnings.models import EarningsLine
from payouts.freezes.models import Freeze, FreezeRule, ReviewNote
from payouts.integrity.models import IntegrityRecord, IntegrityScore
from payouts.life.models import (
    Payout,
    PayoutBatch,
    PayoutCheck,
    PayoutEscrow,
    PayoutInstruction,
    PayoutSchedule,
)
from payouts.methods.models import PayoutMethod, PayoutMethodCode
from payouts.operations.models import PayoutAnswer
from payouts.transparency.models import PayoutQuestion

__all__ = [
    "EarningsLine", "Freeze", "FreezeRule", "IntegrityRecord", "IntegrityScore", "Payout", "PayoutAnswer",
    "PayoutBatch", "PayoutCheck", "PayoutEscrow", "PayoutInstruction", "PayoutMethod", "PayoutMethodCode",
    "PayoutQuestion", "PayoutSchedule", "ReviewNote",
]  # fmt: skip
