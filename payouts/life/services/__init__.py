"""What can be done with payouts."""

from payouts.life.services.batches import file_due, repair_files
from payouts.life.services.by_hand import ask_return, confirm_by_hand, return_by_hand
from payouts.life.services.cancelling import cancel_payout
from payouts.life.services.emergency import ask_emergency
from payouts.life.services.releasing import Released, release_due
from payouts.life.services.repairing import Repaired, ask_payout, repair_due
from payouts.life.services.reporting import hear, read_reports
from payouts.life.services.requesting import request_payout
from payouts.life.services.rerouting import choose_method
from payouts.life.services.running import Round, run_payouts
from payouts.life.services.sending import Sent, send_due
from payouts.life.services.settling import apply_rail
from payouts.life.services.stopping import extend_escrow, freeze_payout, mark_disputed, unfreeze_payout

__all__ = [
    "Released", "Repaired", "Round", "Sent", "apply_rail", "ask_emergency", "ask_payout", "ask_return",
    "cancel_payout", "choose_method", "confirm_by_hand", "extend_escrow", "file_due", "freeze_payout", "hear",
    "mark_disputed", "read_reports", "release_due", "repair_due", "repair_files", "request_payout", "return_by_hand",
    "run_payouts", "send_due", "unfreeze_payout",
]  # fmt: skip
