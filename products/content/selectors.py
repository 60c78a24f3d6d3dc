"""Content, accesses and actions of one platform."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from foundation.errors import NotFound
from foundation.identity.roles import Role
from foundation.identity.selectors import get_member
from products.content.models import Content, ContentAccess, ContentAction


def list_content(*, platform_id: UUID, creator: str = "", is_active: bool | None = None) -> QuerySet[Content]:
    """What this platform told us of; of one creator, when named."""
    rows = Content.objects.filter(platform_id=platform_id)
    if creator:
        member = get_member(platform_id=platform_id, role=Role.CREATOR, external_id=creator)
        rows = rows.filter(creator_id=member.party_id)
    return rows if is_active is None else rows.filter(is_active=is_active)


def get_content(*, platform_id: UUID, external_id: str) -> Content:
    """One piece by its platform's id; NotFound for another platform's."""
    found = Content.objects.filter(platform_id=platform_id, external_id=external_id).first()
    if found is None:
        raise NotFound("content.not_found", "There is no such content on this platform.")
    return found


def find_content(*, platform_id: UUID, external_id: str) -> UUID | None:
    """The id of a piece that may be bought, by its platform's name for it."""
    rows = Content.objects.filter(platform_id=platform_id, external_id=external_id, is_active=True)
    return rows.values_list("pk", flat=True).first()


def external_ids_of_content(ids: Iterable[UUID | None], *, platform_id: UUID) -> dict[UUID, str]:
    """What a platform calls these pieces of its own."""
    wanted = {id for id in ids if id}
    if not wanted:
        return {}
    return dict(Content.objects.filter(platform_id=platform_id, pk__in=wanted).values_list("pk", "external_id"))


def list_accesses(*, platform_id: UUID, content: str = "", fan: str = "") -> QuerySet[ContentAccess]:
    """Who may or might see what on this platform."""
    rows = ContentAccess.objects.filter(platform_id=platform_id).select_related("content")
    if content:
        rows = rows.filter(content=get_content(platform_id=platform_id, external_id=content))
    if fan:
        member = get_member(platform_id=platform_id, role=Role.FAN, external_id=fan)
        rows = rows.filter(fan_id=member.party_id)
    return rows


def get_access(*, platform_id: UUID, access_id: UUID) -> ContentAccess:
    found = list_accesses(platform_id=platform_id).filter(pk=access_id).first()
    if found is None:
        raise NotFound("content.no_access", "There is no such access on this platform.")
    return found


def list_actions(*, platform_id: UUID, content: str = "", act: str = "") -> QuerySet[ContentAction]:
    """What was done about content of this platform."""
    rows = ContentAction.objects.filter(platform_id=platform_id).select_related("content")
    if content:
        rows = rows.filter(content=get_content(platform_id=platform_id, external_id=content))
    return rows.filter(act=act) if act else rows
