"""Who the caller is, as we see them."""

from __future__ import annotations

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.actors import ActorKind
from foundation.http.api import ApiView, operation
from foundation.identity.selectors import describe_caller


class PlatformOut(serializers.Serializer):
    id = serializers.UUIDField()
    slug = serializers.CharField()
    name = serializers.CharField()
    is_sandbox = serializers.BooleanField()


class MeOut(serializers.Serializer):
    """The caller: a program of a platform with its scopes, or a person with their roles."""

    kind = serializers.ChoiceField([str(ActorKind.CLIENT), str(ActorKind.USER)])
    id = serializers.UUIDField()
    name = serializers.CharField()
    platform = PlatformOut(allow_null=True)
    scopes = serializers.ListField(child=serializers.CharField())
    roles = serializers.ListField(child=serializers.CharField())


class MeView(ApiView):
    @operation("Who am I", gives=MeOut)
    def get(self, request: Request) -> Response:
        return Response(MeOut(describe_caller(self.actor)).data)
