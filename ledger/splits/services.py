"""A new version of a split. Only an approved request makes one; nothing scores, freezes or punishes by it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from foundation.actors import Actor
from foundation.audit.services import record
from foundation.events import publish
from ledger.events import SplitChanged
from ledger.splits.models import RevenueSplit
from ledger.splits.rules import check_change
from ledger.splits.selectors import list_splits
from ledger.splits.types import Scope


def change_split(
    *,
    scope: Scope,
    creator_basis_points: int,
    active_from: datetime,
    active_until: datetime | None,
    approval_id: UUID,
    by: Actor,
    reason: str,
    at: datetime,
) -> RevenueSplit:
    """Write the next version of a scope's split. Refuses one that begins in the past or before an earlier version."""
    with transaction.atomic():
        check_change(creator_basis_points, active_from, active_until, list_splits(scope), at)
        split = RevenueSplit.objects.create(
            platform_id=scope.platform_id,
            product=scope.product,
            creator_id=scope.creator_id,
            creator_basis_points=creator_basis_points,
            active_from=active_from,
            active_until=active_until,
            approval_id=approval_id,
        )
        record(
            "split.changed",
            by=by,
            subject=split,
            reason=reason,
            platform_id=scope.platform_id,
            approval_id=approval_id,
            creator_basis_points=creator_basis_points,
            active_from=active_from,
        )
        publish(
            SplitChanged(
                split.pk,
                scope.platform_id,
                scope.product,
                scope.creator_id,
                creator_basis_points,
                active_from,
                active_until,
                approval_id,
            ),
            key=split,
        )
    return split
