"""Payouts as their creator asks for and reads them; staff reads all of them in other words."""

from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from foundation import clock
from foundation.http.api import ApiView, operation
from foundation.identity.actors import party_of
from payouts.freezes.selectors import freezes, view_of
from payouts.life.selectors import all_payouts, get_payout
from payouts.life.selectors import view_of as staff_view
from payouts.life.services import cancel_payout, choose_method, request_payout
from payouts.transparency.access import INSIDERS, STAFF
from payouts.transparency.api.for_staff import (
    AnyFreezeOut,
    AnyPayoutDossierOut,
    AnyPayoutOut,
    freezes_for,
    payouts_for,
)
from payouts.transparency.api.serializers import (
    FreezeOut,
    OtherMethodIn,
    PayoutDossierOut,
    PayoutIn,
    PayoutOut,
    PayoutStatusOut,
    PreviewOut,
    WhichFreezes,
    WhichPayouts,
)
from payouts.transparency.selectors import (
    freeze_shown,
    freezes_of,
    get_dossier,
    get_shown,
    get_status,
    payouts_of,
    preview,
    shown,
)

GIVEN_UP = "the creator gave it up"


def half(word: str | None) -> bool | None:
    """Which half of a list is wanted; None: both."""
    return word == "true" if word else None


class PayoutDoor(ApiView):
    """Creators and staff come through the same door and read different things."""

    @property
    def is_staff(self) -> bool:
        return STAFF.admits(self.actor)

    def one(self, payout_id: UUID, status: int = 200) -> Response:
        found = get_shown(payout_id, creator_id=party_of(self.actor), at=clock.now())
        return Response(PayoutOut(found).data, status=status)


class PayoutsView(PayoutDoor):
    @operation("List payouts, newest first", gives=AnyPayoutOut, filters=WhichPayouts, paged=True)
    def get(self, request: Request) -> Response:
        is_running = half(self.query.running)
        if self.is_staff:
            page = self.rows(all_payouts(creator_id=self.query.creator_id, is_running=is_running))
            return page.answer(payouts_for(map(staff_view, page.found), sees_inside=INSIDERS.admits(self.actor)))
        creator_id = party_of(self.actor)
        page = self.rows(payouts_of(creator_id, is_running=is_running))
        return page.answer(PayoutOut(shown(creator_id, page.found, at=clock.now()), many=True).data)

    @operation("Ask for a payout", takes=PayoutIn, gives=PayoutOut, status=201, idempotent="required")
    def post(self, request: Request) -> Response:
        body = PayoutIn.read(request)
        made = request_payout(
            creator_id=party_of(self.actor), amount=body.amount, method_id=body.method_id, by=self.actor,
            at=clock.now(),
        )  # fmt: skip
        return self.one(made.pk, 201)


class PayoutView(PayoutDoor):
    @operation("Read one payout with its past and its messages", gives=AnyPayoutDossierOut)
    def get(self, request: Request, payout_id: UUID) -> Response:
        if self.is_staff:
            (told,) = payouts_for([get_payout(payout_id)], sees_inside=INSIDERS.admits(self.actor))
            return Response(told)
        found = get_dossier(payout_id, creator_id=party_of(self.actor), at=clock.now())
        return Response(PayoutDossierOut(found).data)


class PayoutCancelView(PayoutDoor):
    @operation("Give a payout up before it leaves", gives=PayoutOut, idempotent="optional")
    def post(self, request: Request, payout_id: UUID) -> Response:
        cancel_payout(
            payout_id=payout_id, reason=GIVEN_UP, by=self.actor, at=clock.now(), creator_id=party_of(self.actor)
        )
        return self.one(payout_id)


class PayoutMethodView(PayoutDoor):
    @operation(
        "Send a payout that has not left to another of your methods", takes=OtherMethodIn, gives=PayoutOut,
        idempotent="optional",
    )  # fmt: skip
    def post(self, request: Request, payout_id: UUID) -> Response:
        creator_id = party_of(self.actor)
        get_shown(payout_id, creator_id=creator_id, at=clock.now())
        body = OtherMethodIn.read(request)
        choose_method(
            payout_id=payout_id, method_id=body.method_id, creator_id=creator_id, by=self.actor, at=clock.now()
        )
        return self.one(payout_id)


class PayoutStatusView(PayoutDoor):
    @operation("Read at a glance what runs, what is held and when money comes", gives=PayoutStatusOut)
    def get(self, request: Request) -> Response:
        return Response(PayoutStatusOut(get_status(party_of(self.actor), at=clock.now())).data)


class PayoutPreviewView(PayoutDoor):
    @operation("What a payout would cost and when it would be there; asks for none", takes=PayoutIn, gives=PreviewOut)
    def post(self, request: Request) -> Response:
        body = PayoutIn.read(request)
        return Response(PreviewOut(preview(party_of(self.actor), body.amount, body.method_id, at=clock.now())).data)


class FreezesView(PayoutDoor):
    @operation("List freezes, newest first", gives=AnyFreezeOut, filters=WhichFreezes, paged=True)
    def get(self, request: Request) -> Response:
        is_live = half(self.query.live)
        if self.is_staff:
            page = self.rows(freezes(is_live=is_live, creator_id=self.query.creator_id).select_related("payout"))
            sees_inside = INSIDERS.admits(self.actor)
            return page.answer(freezes_for(map(view_of, page.found), sees_inside=sees_inside))
        page = self.rows(freezes_of(party_of(self.actor), is_live=is_live))
        return page.answer(FreezeOut([freeze_shown(row) for row in page.found], many=True).data)
