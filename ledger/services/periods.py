"""Closing books, and putting old months away."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from foundation.actors import Actor
from foundation.audit.services import record
from ledger.calls import call


def close_period(*, before: datetime, by: Actor) -> bool:
    """No posting may take effect before this time any more; two minutes after it at the earliest, and for good."""
    with transaction.atomic():
        is_new: bool = call("SELECT ledger_close_period(%s::timestamptz)", [before])[0][0]
        if is_new:
            record("ledger.period_closed", by=by, closed_before=before)
    return is_new


def archive_month(*, month: date, by: Actor) -> str:
    """Move a closed month's transfers into the archive, where every question and proof still finds them."""
    with transaction.atomic():
        part: str = call("SELECT ledger_archive_month(%s::date)", [month])[0][0]
        record("ledger.month_archived", by=by, month=month, partition=part)
    return part
