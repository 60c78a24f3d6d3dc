"""Which split is in force, and the versions there were."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from foundation.errors import NotFound
from ledger.rules.flows.sales import Product
from ledger.selectors.asking import ask
from ledger.splits.models import RevenueSplit
from ledger.splits.types import Scope, Split

IN_FORCE = "SELECT * FROM revenue_split_at(%s::uuid, %s::text, %s::uuid, %s::timestamptz)"


def split_in_force(*, platform_id: UUID, product: Product, creator_id: UUID, at: datetime) -> Split:
    """The most particular split at this moment: of the creator before the product before the platform before all."""
    rows = ask(IN_FORCE, [platform_id, product, creator_id, at])
    if not rows:
        raise NotFound("ledger.no_split", "No revenue split was in force then.", at=at.isoformat())
    id, platform, of_product, creator, basis_points, active_from, active_until, approval = rows[0]
    return Split(id, Scope(platform, of_product, creator), basis_points, active_from, active_until, approval)


def list_splits(scope: Scope) -> list[Split]:
    """Every version of exactly this scope, newest first."""
    parts: dict[str, Any] = {"platform_id": scope.platform_id, "creator_id": scope.creator_id}
    rows = RevenueSplit.objects.filter(product=scope.product, **parts).order_by("-active_from")
    return [
        Split(row.pk, scope, row.creator_basis_points, row.active_from, row.active_until, row.approval_id)
        for row in rows
    ]
