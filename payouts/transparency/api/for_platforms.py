"""A platform's program reads how payouts of its creators go, by its own ids, in the words their creators read."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response

from foundation import clock
from foundation.http.api import ApiView, operation
from foundation.identity.roles import Role
from foundation.identity.selectors import get_member
from foundation.identity.tenancy import transaction_for
from payouts.transparency.api.serializers import PayoutOut, PayoutStatusOut, WhichHalf
from payouts.transparency.api.views import half
from payouts.transparency.selectors import get_status, payouts_of, shown


class CreatorDoor(ApiView):
    """Whose payouts they are is asked behind the wall between platforms; payouts themselves belong to no platform."""

    several_transactions = True

    def creator(self, external_id: str) -> UUID:
        with transaction_for(self.actor):
            return get_member(platform_id=self.actor.platform, role=Role.CREATOR, external_id=external_id).party_id


class CreatorPayoutsView(CreatorDoor):
    @operation("List the payouts of one of your creators", gives=PayoutOut, filters=WhichHalf, paged=True)
    def get(self, request: Request, external_id: str) -> Response:
        creator_id = self.creator(external_id)
        with transaction.atomic():
            page = self.rows(payouts_of(creator_id, is_running=half(self.query.running)))
            return page.answer(PayoutOut(shown(creator_id, page.found, at=clock.now()), many=True).data)


class CreatorPayoutStatusView(CreatorDoor):
    @operation("Read how payouts of one of your creators go", gives=PayoutStatusOut)
    def get(self, request: Request, external_id: str) -> Response:
        creator_id = self.creator(external_id)
        with transaction.atomic():
            return Response(PayoutStatusOut(get_status(creator_id, at=clock.now())).data)
