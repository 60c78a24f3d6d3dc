from django.db import migrations

from foundation.schema import append_only, guard_states, no_delete, only_changes
from payouts.freezes.states import FREEZE_MOVES, FreezeState
from payouts.life import states
from payouts.methods.states import METHOD_MOVES, MethodState

LIVES = {
    "payout": (states.PAYOUT_MOVES, [states.PayoutState.REQUESTED]),
    "payout_instruction": (states.INSTRUCTION_MOVES, [states.InstructionState.PREPARED]),
    "payout_batch": (states.BATCH_MOVES, [states.BatchState.BATCHED]),
    "payout_method": (METHOD_MOVES, [MethodState.UNVERIFIED]),
    "payout_freeze": (FREEZE_MOVES, [FreezeState.ACTIVE]),
}
# What was found, looked at or decided stays as it was.
WRITTEN_ONCE = ("payout_check", "freeze_rule", "integrity_record")


class Migration(migrations.Migration):
    dependencies = [("payouts", "0001_initial"), ("audit", "0001_initial"), ("identity", "0002_tenancy_and_platforms")]
    operations = [
        *(guard_states(table, moves, first) for table, (moves, first) in LIVES.items()),
        *(append_only(table) for table in WRITTEN_ONCE),
        *(no_delete(table) for table in (*LIVES, "payout_escrow", "integrity_score", "payout_schedule")),
        only_changes("earnings_line", "freeze_id", "journal_id", "run_at", "status"),
        only_changes("review_note", "seen_at", "seen_by"),
    ]
