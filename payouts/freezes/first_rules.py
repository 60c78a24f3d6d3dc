"""The rules that hold until people agree on others: PACK 440's triggers and scenarios, side by side with its table."""

from __future__ import annotations

from typing import Any, Final

# name, measure, below, above, also, freeze type, severity, code, path, action, hours, extend_hours, escalates_to
FIRST_RULES: Final[tuple[tuple[Any, ...], ...]] = (
    # "Chargeback spike": chargebackExposure < 30 -> HIGH, PAYOUT. Scenario 3: immediate freeze, compliance escalation.
    ("chargeback-spike", "chargeback_exposure", 30, None, "[]", "PAYOUT", "HIGH", "CHARGEBACK_SPIKE",
     "MANUAL_REVIEW", "answer_disputes", 24, None, "COMPLIANCE"),
    # Scenario 3, by its own words: five or more disputes in seven days.
    ("five-disputes-in-a-week", "chargebacks_7d", None, 4, "[]", "PAYOUT", "HIGH", "CHARGEBACK_SPIKE",
     "MANUAL_REVIEW", "answer_disputes", 24, None, "COMPLIANCE"),
    # "Refund ratio too high": refundRatio < 40 -> MEDIUM, REVENUE_SOURCE. Scenario 4's longer escrow is O2's table.
    ("high-refund-ratio", "refund_ratio", 40, None, "[]", "REVENUE_SOURCE", "MEDIUM", "HIGH_REFUND_RATIO",
     "CONDITION_MET", "review_listings", 168, None, ""),
    # "New account with large payout": accountAge < 50 and amount > 1000 -> MEDIUM, PAYOUT.
    ("new-account-large-payout", "account_age", 50, None, '[{"measure": "payout_dollars", "above": "1000"}]', "PAYOUT",
     "MEDIUM", "NEW_ACCOUNT_LARGE_PAYOUT", "MANUAL_REVIEW", "verify_identity", 72, None, ""),
    # Scenario 5: account < 30 days and payout > 5,000 -> extended escrow and manual review.
    ("young-account-very-large", "age_days", 30, None, '[{"measure": "payout_dollars", "above": "5000"}]', "PAYOUT",
     "MEDIUM", "NEW_ACCOUNT_LARGE_PAYOUT", "MANUAL_REVIEW", "verify_identity", 72, 168, "FINANCE"),
    # Scenario 2: score < 500 and a large payout -> automatic review; its five days of escrow are O2's table.
    ("low-score-large-payout", "score", 500, None, '[{"measure": "payout_dollars", "above": "1000"}]', "PAYOUT",
     "LOW", "CHECK_IN_PROGRESS", "MANUAL_REVIEW", "nothing", 120, None, ""),
    # "Payer concentration risk": payerConcentration < 30 -> LOW, PAYOUT: noted.
    ("concentrated-payers", "payer_concentration", 30, None, "[]", "PAYOUT", "LOW", "CONCENTRATED_PAYERS",
     "MANUAL_REVIEW", "nothing", 72, None, ""),
    # Risk level CRITICAL: noted, and the fraud department looks (`escalateHighRiskCases`).
    ("critical-score", "score", 400, None, "[]", "ACCOUNT", "LOW", "CHECK_IN_PROGRESS", "MANUAL_REVIEW", "nothing", 72,
     None, "FRAUD"),
)  # fmt: skip

INSERT = """
INSERT INTO freeze_rule (name, measure, below, above, also, freeze_type, severity, code, path, action, hours,
                         extend_hours, escalates_to, is_on, active_from)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, true, %s)
"""
