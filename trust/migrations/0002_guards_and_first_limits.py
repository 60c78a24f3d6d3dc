from datetime import UTC, datetime
from pathlib import Path

from django.db import migrations

from foundation.approvals.seeding import approval_policy
from foundation.identity.roles import Role
from foundation.schema import append_only, no_delete, only_changes

GUARDS = Path(__file__).resolve().parents[1] / "sql" / "guards.sql"
SINCE = datetime(2015, 1, 1, tzinfo=UTC)
MINUTE, HOUR, DAY = 60, 3_600, 86_400

# What holds until two people say otherwise. Counts first: act, subject, window, most, verdict, under strict limits alone.
COUNTS = {
    "fan-hour": ("charge", "fan", HOUR, 30, "refuse", False),
    "fan-day": ("charge", "fan", DAY, 100, "review", False),
    "fan-hour-strict": ("charge", "fan", HOUR, 3, "refuse", True),
    "fan-day-strict": ("charge", "fan", DAY, 10, "refuse", True),
    "card-hour": ("charge", "card", HOUR, 20, "refuse", False),
    "device-hour": ("charge", "device", HOUR, 40, "refuse", False),
    "refund-fan-month": ("refund", "fan", 30 * DAY, 5, "review", False),
}
# Amounts in the main unit of USD, for each currency by the table below.
AMOUNTS = {
    "one-large": ("charge", "all", 0, 500, "review", False),
    "one-most": ("charge", "all", 0, 5_000, "refuse", False),
    "one-strict": ("charge", "fan", 0, 30, "refuse", True),
    "fan-day-amount": ("charge", "fan", DAY, 1_500, "review", False),
    "fan-day-most": ("charge", "fan", DAY, 10_000, "refuse", False),
    "card-day-amount": ("charge", "card", DAY, 3_000, "review", False),
    "device-day-amount": ("charge", "device", DAY, 3_000, "review", False),
    "platform-hour-amount": ("charge", "platform", HOUR, 5_000_000, "review", False),
    "refund-large": ("refund", "fan", 0, 50, "review", False),
    "refund-fan-day": ("refund", "fan", DAY, 100, "review", False),
    "refund-platform-day": ("refund", "platform", DAY, 5_000, "review", False),
}
# How many minor units stand for one dollar in these limits.
PER_DOLLAR = {"USD": 100, "EUR": 100, "GBP": 100, "CAD": 150, "AUD": 150, "JPY": 150}

INSERT = """
INSERT INTO trust_limit (name, act, subject, currency, window_seconds, most_count, most_minor, verdict, is_strict,
                         active_from, news_seq)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 0)
"""


def first_limits():
    for name, (act, subject, window, most, verdict, is_strict) in COUNTS.items():
        yield name, act, subject, "", window, most, None, verdict, is_strict, SINCE
    for name, (act, subject, window, dollars, verdict, is_strict) in AMOUNTS.items():
        for currency, minor in PER_DOLLAR.items():
            full = f"{name}-{currency.lower()}"
            yield full, act, subject, currency, window, None, dollars * minor, verdict, is_strict, SINCE


class Migration(migrations.Migration):
    dependencies = [
        ("trust", "0001_initial"),
        ("approvals", "0002_guards_and_first_policy"),
        ("events", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL([(INSERT, list(row)) for row in first_limits()], migrations.RunSQL.noop),
        only_changes("trust_limit", "news_seq"),
        append_only("trust_decision"),
        no_delete("trust_tally"),
        migrations.RunSQL(
            GUARDS.read_text(),
            "DROP TRIGGER written_once ON trust_limit; DROP TRIGGER stays_as_agreed ON trust_limit;"
            "DROP TRIGGER no_truncate ON trust_limit; DROP FUNCTION trust_guard_limit CASCADE;",
        ),
        approval_policy(
            "trust.limits",
            about="Change a limit for charges or refunds",
            asked_by=[Role.FINANCE, Role.COMPLIANCE, Role.FRAUD_DETECTOR, Role.EXECUTIVE],
            decided_by=[Role.APPROVER, Role.COMPLIANCE, Role.EXECUTIVE],
            sla_hours=24,
            expiry_hours=168,
        ),
    ]
