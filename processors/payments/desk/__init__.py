"""Payments as the people who look after them see them: lists to search, one with everything about it, what waits."""

from processors.payments.desk.dossier import DisputeLine, Dossier, dossier_of, payment_of_refund
from processors.payments.desk.lists import (
    PaymentLine,
    PaymentQuery,
    all_payments,
    count_by_state,
    find_payments,
    list_merchants,
    list_reviews,
    search_payments,
)
from processors.payments.desk.waiting import Waiting, Waits, what_waits

__all__ = [
    "DisputeLine", "Dossier", "PaymentLine", "PaymentQuery", "Waiting", "Waits", "all_payments", "count_by_state",
    "dossier_of", "find_payments", "list_merchants", "list_reviews", "payment_of_refund", "search_payments",
    "what_waits",
]  # fmt: skip
