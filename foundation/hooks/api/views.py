"""Webhooks by API: each call makes one service call behind the wall between platforms."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from foundation import clock
from foundation.hooks import services
from foundation.hooks.api.serializers import (
    DeliveryDetailOut,
    DeliveryFilters,
    DeliveryOut,
    EndpointChange,
    EndpointIn,
    EndpointOut,
    FreshEndpointOut,
    HookTopicsOut,
    ReplayedOut,
    ReplayIn,
)
from foundation.hooks.replaying import replay_delivery, replay_failed
from foundation.hooks.selectors import get_delivery, get_endpoint, list_attempts, list_deliveries, list_endpoints
from foundation.hooks.topics import TOPICS
from foundation.http.api import ApiView, operation


class TopicsView(ApiView):
    @operation("List what you may be told of", gives=HookTopicsOut)
    def get(self, request: Request) -> Response:
        return Response(HookTopicsOut({"data": list(TOPICS.values())}).data)


class HookDoor(ApiView):
    """Who asks, of which platform, and when."""

    def asked(self, **ids: UUID) -> dict[str, Any]:
        return {**ids, "platform_id": self.actor.platform, "by": self.actor, "at": clock.now()}


def fresh(made: services.FreshHook, status: int = 200) -> Response:
    return Response({**EndpointOut(made.endpoint).data, "secret": made.secret}, status=status)


class EndpointsView(HookDoor):
    @operation("List your endpoints, newest first", gives=EndpointOut, paged=True)
    def get(self, request: Request) -> Response:
        return self.page(list_endpoints(self.actor.platform), EndpointOut)

    @operation("Name an address that is told news", takes=EndpointIn, gives=FreshEndpointOut, status=201)
    def post(self, request: Request) -> Response:
        body = EndpointIn.read(request)
        return fresh(services.create_endpoint(**body, **self.asked()), 201)


class EndpointView(HookDoor):
    @operation("Read one endpoint", gives=EndpointOut)
    def get(self, request: Request, endpoint_id: UUID) -> Response:
        return Response(EndpointOut(get_endpoint(endpoint_id, platform_id=self.actor.platform)).data)

    @operation("Change an endpoint", takes=EndpointChange, gives=EndpointOut)
    def patch(self, request: Request, endpoint_id: UUID) -> Response:
        body = EndpointChange.read(request)
        changed = services.change_endpoint(
            endpoint_id=endpoint_id, platform_id=self.actor.platform, by=self.actor, **body
        )
        return Response(EndpointOut(changed).data)

    @operation("Remove an endpoint; what waits for it is given up", status=204)
    def delete(self, request: Request, endpoint_id: UUID) -> Response:
        services.remove_endpoint(**self.asked(endpoint_id=endpoint_id))
        return Response(status=204)


class SecretView(HookDoor):
    @operation("Give an endpoint a new secret; the old one holds for 24 hours more", gives=FreshEndpointOut)
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        return fresh(services.rotate_secret(**self.asked(endpoint_id=endpoint_id)))


class TestView(HookDoor):
    @operation("Send a test message", gives=DeliveryOut, status=202)
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        return Response(DeliveryOut(services.send_test(**self.asked(endpoint_id=endpoint_id))).data, status=202)


class _Turn(HookDoor):
    turn: ClassVar[Any]

    def turned(self, endpoint_id: UUID) -> Response:
        return Response(EndpointOut(type(self).turn(**self.asked(endpoint_id=endpoint_id))).data)


class OffView(_Turn):
    turn = staticmethod(services.turn_off)

    @operation("Turn an endpoint off; messages wait", gives=EndpointOut)
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        return self.turned(endpoint_id)


class OnView(_Turn):
    turn = staticmethod(services.turn_on)

    @operation("Turn an endpoint on; what waited is sent", gives=EndpointOut)
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        return self.turned(endpoint_id)


class ReplayFailedView(HookDoor):
    @operation("Send again what this endpoint did not take", takes=ReplayIn, gives=ReplayedOut, status=202)
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        since = ReplayIn.read(request).since
        return Response({"deliveries": replay_failed(since=since, **self.asked(endpoint_id=endpoint_id))}, status=202)


class DeliveriesView(HookDoor):
    @operation("List deliveries, newest first", gives=DeliveryOut, filters=DeliveryFilters, paged=True)
    def get(self, request: Request) -> Response:
        asked = self.query
        rows = list_deliveries(
            self.actor.platform, endpoint_id=asked.endpoint_id, state=asked.state or "", type=asked.type or ""
        )
        return self.page(rows, DeliveryOut)


class DeliveryView(HookDoor):
    @operation("Read one delivery with its tries", gives=DeliveryDetailOut)
    def get(self, request: Request, delivery_id: UUID) -> Response:
        found = get_delivery(delivery_id, platform_id=self.actor.platform)
        return Response(DeliveryDetailOut(found, context={"attempts": list_attempts(found)}).data)


class ReplayView(HookDoor):
    @operation("Send one message again, signed anew", gives=DeliveryOut, status=202)
    def post(self, request: Request, delivery_id: UUID) -> Response:
        return Response(DeliveryOut(replay_delivery(**self.asked(delivery_id=delivery_id))).data, status=202)
