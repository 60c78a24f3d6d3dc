"""Which split is in force, and the versions there were."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from foundation.errors import NotFound
from ledger.rules.flows.sales import Product
from ledger.selectors.asking import ask
from ledger.splits.models import RevenueSplit
from ledger.splits.types import Scope, Share, Split

SHARES = """
SELECT platform, product_asked, s.creator_basis_points, s.platform_id, s.product
FROM unnest(%s::uuid[]) AS platform CROSS JOIN unnest(%s::text[]) AS product_asked
    CROSS JOIN LATERAL revenue_split_at(platform, product_asked, NULL, %s::timestamptz) AS s
"""
IN_FORCE = "SELECT * FROM revenue_split_at(%s::uuid, %s::text, %s::uuid, %s::timestamptz)"
CREATORS_PARTS = """
SELECT platform, product_asked, creator, s.creator_basis_points
FROM unnest(%s::uuid[], %s::text[], %s::uuid[]) AS asked (platform, product_asked, creator)
    CROSS JOIN LATERAL revenue_split_at(platform, product_asked, creator, %s::timestamptz) AS s
"""
Line = tuple[UUID, str, UUID]
"""A platform, a product, a creator."""


def split_in_force(*, platform_id: UUID, product: Product, creator_id: UUID, at: datetime) -> Split:
    """The most particular split at this moment: of the creator before the product before the platform before all."""
    rows = ask(IN_FORCE, [platform_id, product, creator_id, at])
    if not rows:
        raise NotFound("ledger.no_split", "No revenue split was in force then.", at=at.isoformat())
    id, platform, of_product, creator, basis_points, active_from, active_until, approval = rows[0]
    return Split(id, Scope(platform, of_product, creator), basis_points, active_from, active_until, approval)


def creators_parts(lines: Iterable[Line], *, at: datetime) -> dict[Line, int]:
    """Basis points that are the creator's by the split in force for each of these; without one it is left out."""
    asked = list(set(lines))
    columns = [[line[part] for line in asked] for part in range(3)]
    return {
        (platform, product, creator): part for platform, product, creator, part in ask(CREATORS_PARTS, [*columns, at])
    }


def shares_of(platform_ids: Iterable[UUID], *, at: datetime) -> dict[tuple[UUID, Product], Share]:
    """What creators without a split of their own get of each product on each of these platforms."""
    rows = ask(SHARES, [list(platform_ids), list(Product), at])
    return {
        (platform, Product(product)): Share(basis_points, Scope(of_platform, of_product))
        for platform, product, basis_points, of_platform, of_product in rows
    }


def all_versions(*, in_force_at: datetime | None = None, **parts: Any) -> QuerySet[RevenueSplit]:
    """Every version of these scopes, or of each the one in force at a moment; parts that are None are left out."""
    rows = RevenueSplit.objects.filter(**{name: value for name, value in parts.items() if value is not None})
    if in_force_at is None:
        return rows
    scope = ("creator_id", "product", "platform_id")
    begun = RevenueSplit.objects.filter(active_from__lte=in_force_at)
    newest = begun.order_by(*scope, "-active_from").distinct(*scope)
    not_over = Q(active_until=None) | Q(active_until__gt=in_force_at)
    return rows.filter(not_over, pk__in=newest.values("pk"))


def list_splits(scope: Scope) -> list[Split]:
    """Every version of exactly this scope, newest first."""
    parts: dict[str, Any] = {"platform_id": scope.platform_id, "creator_id": scope.creator_id}
    rows = RevenueSplit.objects.filter(product=scope.product, **parts).order_by("-active_from")
    return [
        Split(row.pk, scope, row.creator_basis_points, row.active_from, row.active_until, row.approval_id)
        for row in rows
    ]
