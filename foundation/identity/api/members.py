"""Creators and fans as their platform tells us of them, by the platform's own id."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from foundation import clock
from foundation.http.api import ApiView, operation
from foundation.http.fields import AddressPart, Text, YesNo
from foundation.http.serializers import StrictSerializer
from foundation.identity.personal import Personal
from foundation.identity.roles import Role
from foundation.identity.selectors import get_member, list_members
from foundation.identity.services import MemberIn, invite_member, upsert_members
from foundation.identity.services.members import MOST_IN_A_BATCH

PERSONAL = tuple(Personal.__annotations__)


class MemberIdIn(StrictSerializer):
    external_id = AddressPart(max_length=120, help_text="Your own id of this person; a part of their address here.")


class MemberBody(MemberIdIn):
    """A person on your platform. What is left out stays as it was, except `is_active`, which is true unless told."""

    handle = Text(max_length=120, required=False, allow_blank=True, default="")
    is_active = YesNo(required=False, default=True)
    name = Text(max_length=200, required=False)
    email = serializers.EmailField(max_length=254, required=False)
    phone = serializers.RegexField(r"^\+[1-9][0-9]{6,14}\Z", max_length=16, required=False)
    country = serializers.RegexField(r"^[A-Z]{2}\Z", max_length=2, required=False)
    birth_date = serializers.DateField(required=False)


class MembersIn(StrictSerializer):
    members = serializers.ListField(child=MemberBody(), min_length=1, max_length=MOST_IN_A_BATCH)


class MemberResult(serializers.Serializer):
    id = serializers.UUIDField()
    external_id = serializers.CharField()
    result = serializers.ChoiceField(["created", "updated", "unchanged"])


class MembersOut(serializers.Serializer):
    data = MemberResult(many=True)  # type: ignore[assignment]


class MemberOut(serializers.Serializer):
    """A member without anything personal: what you told us about the person stays sealed."""

    id = serializers.UUIDField()
    external_id = serializers.CharField()
    handle = serializers.CharField()
    is_active = serializers.BooleanField()
    joined_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class InvitationOut(serializers.Serializer):
    id = serializers.UUIDField()
    expires_at = serializers.DateTimeField()


class MembersView(ApiView):
    role: Role = Role.FAN

    @operation("List the members your platform told us of", gives=MemberOut, paged=True)
    def get(self, request: Request) -> Response:
        return self.page(list_members(platform_id=self.actor.platform, role=self.role), MemberOut)

    @operation("Add or change members in a batch", takes=MembersIn, gives=MembersOut, idempotent="optional")
    def post(self, request: Request) -> Response:
        body = MembersIn.read(request)
        told = [_member(values) for values in body.members]
        results = upsert_members(
            platform_id=self.actor.platform, role=self.role, members=told, by=self.actor, at=clock.now()
        )
        return Response(MembersOut({"data": results}).data)


class MemberView(ApiView):
    role: Role = Role.FAN

    @operation("Read one member", gives=MemberOut)
    def get(self, request: Request, external_id: str) -> Response:
        member = get_member(platform_id=self.actor.platform, role=self.role, external_id=external_id)
        return Response(MemberOut(member).data)


class InvitationView(ApiView):
    role: Role = Role.FAN

    @operation("Mail this member a link into their portal", gives=InvitationOut, status=201, idempotent="optional")
    def post(self, request: Request, external_id: str) -> Response:
        member = get_member(platform_id=self.actor.platform, role=self.role, external_id=external_id)
        invitation = invite_member(membership_id=member.pk, by=self.actor, at=clock.now())
        return Response(InvitationOut(invitation).data, status=201)


def _member(values: dict[str, Any]) -> MemberIn:
    personal: Any = {name: str(values[name]) for name in PERSONAL if name in values}
    return MemberIn(values["external_id"], values["handle"], values["is_active"], personal)
