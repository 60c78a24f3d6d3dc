"""What can be done with payouts."""

from payouts.life.services.cancelling import cancel_payout
from payouts.life.services.emergency import ask_emergency
from payouts.life.services.releasing import Released, release_due
from payouts.life.services.requesting import request_payout
from payouts.life.services.rerouting import choose_method
from payouts.life.services.stopping import extend_escrow, freeze_payout, mark_disputed, unfreeze_payout

__all__ = [
    "Released", "ask_emergency", "cancel_payout", "choose_method", "extend_escrow", "freeze_payout", "mark_disputed",
    "release_due", "request_payout", "unfreeze_payout",
]  # fmt: skip
