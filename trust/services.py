"""Versions of limits. Only an approved request makes one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from foundation.actors import Actor
from foundation.audit.services import record
from foundation.events import publish
from trust.events import LimitChanged
from trust.models import TrustLimit
from trust.rules.limits import check_limit
from trust.selectors import list_versions, nearby
from trust.types import Limit


def change_limit(*, limit: Limit, approval_id: UUID, by: Actor, reason: str, at: datetime) -> TrustLimit:
    """Write the next version of a limit. Refuses one that begins in the past or before an earlier version."""
    with transaction.atomic():
        check_limit(limit, list_versions(limit.name), at)
        row = TrustLimit.objects.create(
            name=limit.name, act=limit.act, subject=limit.subject, platform_id=limit.platform_id,
            currency=limit.currency, window_seconds=limit.window_seconds, most_count=limit.most_count,
            most_minor=limit.most_minor, verdict=limit.verdict, is_strict=limit.is_strict,
            active_from=limit.active_from, approval_id=approval_id,
        )  # fmt: skip
        record(
            "trust.limit_changed", by=by, subject=row, reason=reason, platform_id=limit.platform_id,
            approval_id=approval_id, name=limit.name, most_count=limit.most_count, most_minor=limit.most_minor,
        )  # fmt: skip
        publish(LimitChanged(row.pk, row.name, limit.platform_id, limit.active_from, approval_id), key=row)
        transaction.on_commit(nearby.forget)
    return row
