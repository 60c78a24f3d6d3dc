from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from foundation import clock
from foundation.http.api import ApiView, operation
from foundation.identity.selectors import external_ids_of
from foundation.money import Money
from products.content.api.serializers import (
    AccessBatch,
    AccessOut,
    ActionBatch,
    ActionBatchOut,
    ActionOut,
    BatchOut,
    ContentBatch,
    ContentOut,
    WhichAccesses,
    WhichActions,
    WhichContent,
)
from products.content.selectors import get_access, get_content, list_accesses, list_actions, list_content
from products.content.services import record_actions, upsert_accesses, upsert_content
from products.content.types import AccessIn, ActionIn, ContentIn, Kept


class ContentDoor(ApiView):
    """What all addresses of content share: a batch in, its results out; people by the platform's own ids."""

    def take(self, keep: Callable[..., list[Kept]], items: list[Any], out: type[Serializer] = BatchOut) -> Response:
        kept = keep(platform_id=self.actor.platform, items=items, by=self.actor, at=clock.now())
        return Response(out({"data": kept}).data)

    def names(self, rows: Iterable[Any], person: str) -> dict[UUID, str]:
        return external_ids_of([getattr(row, person) for row in rows], platform_id=self.actor.platform)


class ContentView(ContentDoor):
    @operation("List content", gives=ContentOut, filters=WhichContent, paged=True)
    def get(self, request: Request) -> Response:
        is_active = {"true": True, "false": False}.get(self.query.is_active or "")
        rows = list_content(platform_id=self.actor.platform, creator=self.query.creator or "", is_active=is_active)
        page = self.rows(rows)
        creators = self.names(page.found, "creator_id")
        return page.answer(ContentOut([_content(row, creators) for row in page.found], many=True).data)

    @operation("Add or change content in a batch", takes=ContentBatch, gives=BatchOut, idempotent="optional")
    def post(self, request: Request) -> Response:
        return self.take(upsert_content, [ContentIn(**item) for item in ContentBatch.read(request)["items"]])


class ContentOneView(ContentDoor):
    @operation("Read one piece of content", gives=ContentOut)
    def get(self, request: Request, external_id: str) -> Response:
        row = get_content(platform_id=self.actor.platform, external_id=external_id)
        return Response(ContentOut(_content(row, self.names([row], "creator_id"))).data)


class AccessesView(ContentDoor):
    @operation("List who may see what", gives=AccessOut, filters=WhichAccesses, paged=True)
    def get(self, request: Request) -> Response:
        rows = list_accesses(
            platform_id=self.actor.platform, content=self.query.content or "", fan=self.query.fan or ""
        )
        page = self.rows(rows)
        fans = self.names(page.found, "fan_id")
        return page.answer(AccessOut([_access(row, fans) for row in page.found], many=True).data)

    @operation("Give and end access, and say what was seen", takes=AccessBatch, gives=BatchOut, idempotent="optional")
    def post(self, request: Request) -> Response:
        return self.take(upsert_accesses, [AccessIn(**item) for item in AccessBatch.read(request)["items"]])


class AccessView(ContentDoor):
    @operation("Read one access", gives=AccessOut)
    def get(self, request: Request, access_id: UUID) -> Response:
        row = get_access(platform_id=self.actor.platform, access_id=access_id)
        return Response(AccessOut(_access(row, self.names([row], "fan_id"))).data)


class ActionsView(ContentDoor):
    @operation("List what was done about content", gives=ActionOut, filters=WhichActions, paged=True)
    def get(self, request: Request) -> Response:
        rows = list_actions(platform_id=self.actor.platform, content=self.query.content or "", act=self.query.act or "")
        page = self.rows(rows)
        return page.answer(ActionOut([_action(row) for row in page.found], many=True).data)

    @operation("Tell what was done about content", takes=ActionBatch, gives=ActionBatchOut, idempotent="optional")
    def post(self, request: Request) -> Response:
        items = [ActionIn(**item) for item in ActionBatch.read(request)["items"]]
        return self.take(record_actions, items, ActionBatchOut)


def _content(row: Any, creators: dict[UUID, str]) -> dict[str, Any]:
    price = None if row.price_minor is None else Money(row.price_minor, row.currency)
    kept = ("id", "external_id", "kind", "title", "is_active", "created_at", "updated_at")
    return {name: getattr(row, name) for name in kept} | {"creator": creators.get(row.creator_id), "price": price}


def _access(row: Any, fans: dict[UUID, str]) -> dict[str, Any]:
    kept = (
        "id", "payment_id", "source", "given_at", "until", "ended_at", "seen_percent", "first_seen_at", "last_seen_at",
    )  # fmt: skip
    return {name: getattr(row, name) for name in kept} | {
        "external_id": row.external_id or None, "ended_because": row.ended_because or None,
        "content": row.content.external_id, "fan": fans.get(row.fan_id),
    }  # fmt: skip


def _action(row: Any) -> dict[str, Any]:
    kept = ("external_id", "act", "by_kind", "by", "reason", "at", "recorded_at")
    return {name: getattr(row, name) for name in kept} | {"content": row.content.external_id}
