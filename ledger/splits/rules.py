"""When a version of a split may follow the earlier ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from foundation.errors import Conflict, Invalid
from ledger.rules.flows.sales import WHOLE
from ledger.splits.types import Split


def check_change(
    creator_basis_points: int,
    active_from: datetime,
    active_until: datetime | None,
    versions: Sequence[Split],
    at: datetime,
) -> None:
    """Refuse a share that is none, a beginning in the past, and one that is not after every earlier beginning.

    What has been sold keeps the split it was sold under, so the past has no new versions.
    """
    if not 0 <= creator_basis_points <= WHOLE:
        raise Invalid("ledger.no_share", "A share lies between 0 and 10,000 basis points.")
    if active_until is not None and active_until <= active_from:
        raise Invalid("ledger.no_period", "A split ends after it begins.")
    if active_from < at:
        raise Conflict("ledger.split_in_the_past", "A split begins in the future.", active_from=active_from.isoformat())
    if versions and active_from <= versions[0].active_from:
        raise Conflict(
            "ledger.split_overtaken",
            "A later version is already agreed.",
            latest_from=versions[0].active_from.isoformat(),
        )
