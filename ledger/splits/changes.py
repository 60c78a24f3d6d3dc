"""Changing a revenue split: what two people agree to, word for word."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from foundation import clock
from foundation.approvals.types import Application, Description, Effect, Evidence, Payload, Side
from foundation.errors import Invalid, NotFound
from foundation.identity.models import Party, Platform
from foundation.identity.roles import Role
from ledger.rules.flows.sales import Product
from ledger.splits.rules import check_change
from ledger.splits.selectors import list_splits
from ledger.splits.services import change_split
from ledger.splits.types import Scope, in_words

KIND = "split.change"
END_OF_PLANS = 2100
FIELDS = {
    "platform_id": str,
    "product": str,
    "creator_id": str,
    "creator_basis_points": int,
    "active_from": str,
    "active_until": str,
}
"""Ids and times as text, empty for all of them, from now on, and without an end."""


def describe(payload: Payload) -> Description:
    scope, share = _scope(payload), payload["creator_basis_points"]
    versions = list_splits(scope)
    platform = Platform.objects.get(pk=scope.platform_id).name if scope.platform_id else "every platform"
    product, people = scope.product or "every product", "one creator" if scope.creator_id else "every creator"
    return Description(
        title=f"Split sales: {platform}, {product}, {people}",
        subject=("ledger.revenuesplit", ":".join(str(part or "all") for part in _parts(scope))),
        affected=Side("", scope.creator_id),
        platform_id=scope.platform_id,
        effects=(
            Effect("Split", versions[0].in_words if versions else "as a wider split says", in_words(share)),
            Effect("From", "", payload["active_from"] or "the moment it is approved"),
            Effect("Until", "", _until(payload)),
        ),
        evidence=(Evidence("Versions so far", str(len(versions))),),
    )


def recheck(payload: Payload) -> None:
    """Refuse what names nobody we know, begins in the past, or was overtaken by a later version."""
    scope, at = _scope(payload), clock.now()
    if scope.product and scope.product not in set(Product):
        raise Invalid("ledger.no_product", "There is no such product.", product=scope.product)
    if scope.platform_id and not Platform.objects.filter(pk=scope.platform_id).exists():
        raise NotFound("ledger.no_platform", "There is no such platform.")
    if scope.creator_id and not Party.objects.filter(pk=scope.creator_id, memberships__role=Role.CREATOR).exists():
        raise NotFound("ledger.no_creator", "There is no such creator.")
    begin, end = _period(payload, at)
    check_change(payload["creator_basis_points"], begin, end, list_splits(scope), at)


def apply(payload: Payload, under: Application) -> None:
    begin, end = _period(payload, under.at)
    change_split(
        scope=_scope(payload),
        creator_basis_points=payload["creator_basis_points"],
        active_from=begin,
        active_until=end,
        approval_id=under.approval_id,
        by=under.by,
        reason=under.reason,
        at=under.at,
    )


def _scope(payload: Payload) -> Scope:
    return Scope(_uuid(payload, "platform_id"), payload["product"], _uuid(payload, "creator_id"))


def _parts(scope: Scope) -> tuple[UUID | str | None, ...]:
    return scope.platform_id, scope.product, scope.creator_id


def _uuid(payload: Payload, name: str) -> UUID | None:
    try:
        return UUID(payload[name]) if payload[name] else None
    except ValueError:
        raise Invalid("ledger.bad_payload", f"{name} has to be a UUID or empty.") from None


def _period(payload: Payload, at: datetime) -> tuple[datetime, datetime | None]:
    return _time(payload, "active_from") or at, _time(payload, "active_until")


def _time(payload: Payload, name: str) -> datetime | None:
    if not payload[name]:
        return None
    try:
        moment = datetime.fromisoformat(payload[name])
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Invalid("ledger.bad_payload", f"{name} has to be a time with its zone, or empty.")
    if moment.year >= END_OF_PLANS:
        raise Invalid("ledger.bad_payload", f"{name} has to lie before {END_OF_PLANS}.")
    return moment


def _until(payload: Payload) -> str:
    return f"{payload['active_until']}, then the wider split holds" if payload["active_until"] else "changed again"
