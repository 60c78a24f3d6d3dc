"""The verbs of payments."""

from processors.payments.services.attempting import prepare_attempt, send_attempt
from processors.payments.services.booking import hold_disputed
from processors.payments.services.cancelling import cancel_payment
from processors.payments.services.capturing import capture_plain
from processors.payments.services.creating import create_payment, grant_warrant
from processors.payments.services.deciding import ask_charge_decision, ask_refund_decision
from processors.payments.services.disputing import lose_dispute, open_dispute, win_dispute
from processors.payments.services.expiring import expire_due
from processors.payments.services.finalising import apply_outcome
from processors.payments.services.forgetting import forget_instrument
from processors.payments.services.refunding import (
    apply_refund_outcome,
    reject_refund,
    repair_refund,
    request_refund,
    send_refund,
    settle_refund_by_hand,
)
from processors.payments.services.repairing import Repaired, repair_due, repair_payment
from processors.payments.services.reviewing import cancel_reviewed, charge_reviewed, park_for_review
from processors.payments.services.routing import ways_for
from processors.payments.services.sending import send_due
from processors.payments.services.subscriptions import (
    begin_renewal,
    cancel_subscription,
    create_subscription,
    end_run_out,
    list_renewals_due,
    tell_cancelled,
    tell_cancelled_due,
)
from processors.payments.services.telling import apply_told, ask_about
from processors.payments.services.voiding import undo_capture, void_payment

__all__ = [
    "Repaired", "apply_outcome", "apply_refund_outcome", "apply_told", "ask_about", "ask_charge_decision",
    "ask_refund_decision", "begin_renewal", "cancel_payment",
    "cancel_reviewed", "cancel_subscription", "capture_plain", "charge_reviewed", "create_payment",
    "create_subscription", "end_run_out", "expire_due", "forget_instrument", "grant_warrant", "hold_disputed",
    "list_renewals_due", "lose_dispute",
    "open_dispute", "park_for_review", "prepare_attempt", "reject_refund", "repair_due", "repair_payment",
    "repair_refund", "request_refund", "send_attempt", "send_due", "send_refund", "settle_refund_by_hand",
    "tell_cancelled", "tell_cancelled_due", "undo_capture", "void_payment", "ways_for", "win_dispute",
]  # fmt: skip
