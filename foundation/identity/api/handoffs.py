"""A platform sends somebody who is signed in there into their pages here."""

from __future__ import annotations

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from foundation import clock
from foundation.http.api import ApiView, operation
from foundation.http.fields import AddressPart, OneOf
from foundation.http.serializers import StrictSerializer
from foundation.identity.login.handoffs import PAGES, create_handoff
from foundation.identity.selectors import get_member

EVERY_PAGE = sorted({page for pages in PAGES.values() for page in pages})


class HandoffIn(StrictSerializer):
    role = OneOf(choices=[str(role) for role in PAGES])
    external_id = AddressPart(max_length=120, help_text="Your own id of the person who is signed in with you now.")
    page = OneOf(choices=EVERY_PAGE, required=False, default="home", help_text="Where they land; a fan has `home`.")


class HandoffOut(serializers.Serializer):
    url = serializers.URLField(help_text="Send their browser here. Opens once.")
    expires_at = serializers.DateTimeField()


class HandoffsView(ApiView):
    @operation("Send a signed-in creator or fan into their pages", takes=HandoffIn, gives=HandoffOut, status=201)
    def post(self, request: Request) -> Response:
        body = HandoffIn.read(request)
        member = get_member(platform_id=self.actor.platform, role=body.role, external_id=body.external_id)
        made = create_handoff(membership_id=member.pk, page=body.page, by=self.actor, at=clock.now())
        return Response(HandoffOut(made).data, status=201)
