"""Where a page or a program buys its entrance to the live socket."""

from __future__ import annotations

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dashboards.live.channels import Channel, places_for
from dashboards.live.tokens import LASTS, audience, issue_live_token
from foundation.actors import ActorKind
from foundation.http.api import ApiView, operation
from foundation.http.fields import WholeNumber
from foundation.http.rates import Rate
from foundation.http.serializers import StrictSerializer
from foundation.identity.actors import mark_of


class RealtimeTokenIn(StrictSerializer):
    """Nothing is asked but who calls."""


class RealtimeTokenOut(serializers.Serializer):  # type: ignore[type-arg]
    """The first message on the socket carries it: `{"type": "auth", "token": …}`."""

    token = serializers.CharField()
    expires_in = WholeNumber(least=1, most=60)
    url = serializers.CharField()
    channels = serializers.ListField(child=serializers.ChoiceField([channel.value for channel in Channel]))


class RealtimeTokenView(ApiView):
    """Good once and for half a minute."""

    rate = Rate("realtime", 60, 60)

    @operation("Buy a token for the live socket", takes=RealtimeTokenIn, gives=RealtimeTokenOut)
    def post(self, request: Request) -> Response:
        RealtimeTokenIn.read(request)
        mark = mark_of(request) if self.actor.kind is ActorKind.USER else None
        told = {
            "token": issue_live_token(self.actor, mark),
            "expires_in": int(LASTS.total_seconds()),
            "url": audience().replace("http", "ws", 1),
            "channels": sorted(places_for(self.actor)),
        }
        return Response(RealtimeTokenOut(told).data)


urlpatterns = [path("realtime/token", RealtimeTokenView.as_view(), name="realtime-token")]
