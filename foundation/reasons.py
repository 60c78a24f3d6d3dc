"""Reason codes: one list for pages, records and news. The words people read belong to the code, not to the caller."""

from django.db.models import TextChoices


class Reason(TextChoices):
    REQUESTED = "REQUESTED", "Asked for by the person concerned"
    DECIDED_BY_PERSON = "DECIDED_BY_PERSON", "Decided by a person"
    DECIDED_BY_RULE = "DECIDED_BY_RULE", "Decided by a rule"
    EXPIRED = "EXPIRED", "The time for it ran out"
    SCHEDULED = "SCHEDULED", "Due by the calendar"
    CORRECTION = "CORRECTION", "Corrects an earlier entry"
    SECURITY = "SECURITY", "Protects an account"
    CRISIS = "CRISIS", "Part of handling a crisis"
    ESCROW_STANDARD = "ESCROW_STANDARD", "Every payout waits for some hours"
    NEW_ACCOUNT_LARGE_PAYOUT = "NEW_ACCOUNT_LARGE_PAYOUT", "First large payout on a new account"
    CHARGEBACK_SPIKE = "CHARGEBACK_SPIKE", "Many card disputes in a short time"
    HIGH_REFUND_RATIO = "HIGH_REFUND_RATIO", "Many sales were refunded"
    CONCENTRATED_PAYERS = "CONCENTRATED_PAYERS", "Most of the money comes from very few buyers"
    BANK_CHANGED = "BANK_CHANGED", "The payout method was changed"
    KYC_MISSING = "KYC_MISSING", "A document is missing"
    TAX_FORM = "TAX_FORM", "A tax form is missing"
    CHECK_IN_PROGRESS = "CHECK_IN_PROGRESS", "A routine check is running"
    RAIL_DELAY = "RAIL_DELAY", "The payment rail is slow"
    HOLIDAY = "HOLIDAY", "The payment rail is closed for a holiday"
    OUTAGE = "OUTAGE", "The payment rail is down"
    RETURNED_BY_BANK = "RETURNED_BY_BANK", "The bank sent the money back"
    NEGATIVE_BALANCE = "NEGATIVE_BALANCE", "Refunds exceeded sales"
