"""Content as platforms tell of it."""

from __future__ import annotations

from typing import Any

from foundation import clock
from foundation.identity.roles import Role
from products.content.models import Content, ContentAccess
from products.content.services import upsert_accesses, upsert_content
from products.content.types import AccessIn, ContentIn, Kind
from tests.cast import HOUSE, member, platform


def told_content(external_id: str = "clip-1", *, slug: str = "boyfanz", creator: str = "maya", **told: Any) -> Content:
    """Maya's platform tells of a clip."""
    member(creator, Role.CREATOR, slug)
    item = ContentIn(external_id, creator, **{"kind": Kind.VIDEO, **told})
    (kept,) = upsert_content(platform_id=platform(slug).pk, items=[item], by=HOUSE, at=clock.now())
    return Content.objects.get(pk=kept.id)


def given_access(
    external_id: str = "access-1", *, slug: str = "boyfanz", content: str = "clip-1", fan: str = "sam", **told: Any
) -> ContentAccess:
    """Sam may see it."""
    told_content(content, slug=slug)
    member(fan, Role.FAN, slug)
    item = AccessIn(external_id, content, fan, **told)
    (kept,) = upsert_accesses(platform_id=platform(slug).pk, items=[item], by=HOUSE, at=clock.now())
    return ContentAccess.objects.get(pk=kept.id)
