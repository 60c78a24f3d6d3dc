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

__all__ = [
    "EarningsLine", "Freeze", "FreezeRule", "IntegrityRecord", "IntegrityScore", "Payout", "PayoutAnswer",
    "PayoutBatch", "PayoutCheck", "PayoutEscrow", "PayoutInstruction", "PayoutMethod", "PayoutMethodCode",
    "PayoutSchedule", "ReviewNote",
]  # fmt: skip
