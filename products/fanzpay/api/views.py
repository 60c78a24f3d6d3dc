from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from foundation import clock
from foundation.errors import Unprocessable
from foundation.http import idempotent
from foundation.http.api import ApiView, operation
from foundation.http.serializers import Body, error_in
from foundation.idempotency.services import Reply
from foundation.identity.roles import Role
from foundation.identity.selectors import find_parties, get_member
from foundation.identity.tenancy import transaction_for
from foundation.money import Money
from ledger.rules.flows.sales import Product
from processors.gateways.types import Method
from processors.payments.errors import refusal
from processors.payments.selectors import (
    get_payment,
    get_refund,
    get_subscription,
    instruments_seen_by,
    payments_seen_by,
    refunds_seen_by,
    subscriptions_seen_by,
)
from processors.payments.services import cancel_subscription, forget_instrument
from processors.payments.types import PaymentView, RefundView, SubscriptionView, Wish
from processors.payments.views import view_of, view_of_refund, view_of_subscription
from products.content.selectors import find_content
from products.fanzpay.api.serializers import (
    InstrumentOut,
    PaymentBody,
    PaymentOut,
    RefundBody,
    RefundOut,
    SubscriptionBegunOut,
    SubscriptionBody,
    SubscriptionOut,
    WhichPayments,
    WhichRefunds,
    WhichSubscriptions,
    WhoseCards,
    WhyBody,
    refuse_cards,
)
from products.fanzpay.api.shown import (
    is_known,
    is_over,
    payment_reply,
    payment_shown,
    payments_shown,
    refund_reply,
    refund_shown,
    reply,
    subscriptions_shown,
)
from products.fanzpay.once import Answer, Once
from products.fanzpay.services import give_back, give_up, pay, take_back

M = TypeVar("M", bound=Model)


class PayDoor(ApiView):
    """What all addresses of payments share: the platform's own names, and one answer per key."""

    def party_of(self, role: Role, external_id: str | None) -> UUID | None:
        """Whom a filter names; NotFound whom this platform did not tell of."""
        if not external_id:
            return None
        return get_member(platform_id=self.actor.platform, role=role, external_id=external_id).party_id

    def people(self, named: dict[str, tuple[str, str]]) -> dict[str, UUID]:
        """The parties behind these ids, by field, in one question."""
        found = find_parties(platform_id=self.actor.platform, named=named.values())
        missing = [field for field, who in named.items() if who not in found]
        if missing:
            errors = [error_in(field, "unknown", f"Your platform told us of no such {field}.") for field in missing]
            raise Unprocessable("fanzpay.unknown", "This names what is not known.", errors=errors)
        return {field: found[who] for field, who in named.items()}

    def once(
        self, request: Request, resource: str, render: Callable[[Any], Reply], is_final: Callable[[Any], bool],
        find: Callable[[UUID], Any],
    ) -> Once[Any]:  # fmt: skip
        refuse_cards(request)
        key = idempotent.key_of(request, is_required=True)
        return Once(self.actor, key, idempotent.asked_of(request), resource, render, is_final, find)

    def once_for_payment(self, request: Request, render: Callable[[Any], Reply] = payment_reply) -> Once[PaymentView]:
        return self.once(request, "processors.payment", render, is_known, lambda id: get_payment(id, self.actor))

    def once_for_refund(self, request: Request) -> Once[RefundView]:
        return self.once(request, "processors.refund", refund_reply, is_over, lambda id: get_refund(id, self.actor))

    def one(self, rows: QuerySet[M], id: UUID, missing: str) -> M:
        """A row that the database itself lets this platform see; its view is made outside, with the house's rights."""
        with transaction_for(self.actor):
            row = rows.filter(pk=id).first()
        if row is None:
            raise refusal(missing)
        return row

    def payment(self, id: UUID) -> PaymentView:
        return view_of(self.one(payments_seen_by(self.actor), id, "payments.not_found"))

    def subscription(self, id: UUID) -> SubscriptionView:
        return view_of_subscription(self.one(subscriptions_seen_by(self.actor), id, "payments.no_subscription"))

    def answer(self, found: Answer) -> HttpResponse:
        return idempotent.answer_as(found.reply, found.earlier)

    def wish(self, body: Body, **more: Any) -> Wish:
        """What is asked, with people and content resolved as this platform's program sees them."""
        with transaction_for(self.actor):
            people = self.people({"fan": (str(Role.FAN), body.fan), "creator": (str(Role.CREATOR), body.creator)})
            content_id = self.content(body.get("content_id", ""))
        return Wish(
            platform_id=self.actor.platform, fan_id=people["fan"], creator_id=people["creator"],
            reference=body.reference, amount=Money(body.amount_minor, body.currency),
            tax=Money(body.tax_minor, body.currency), jurisdiction=body.jurisdiction, token=body.token,
            instrument_id=body.instrument_id, description=body.description, return_url=body.return_url,
            device=body.device, ip=body.ip, content_id=content_id, **more,
        )  # fmt: skip

    def content(self, external_id: str) -> UUID | None:
        if not external_id:
            return None
        found = find_content(platform_id=self.actor.platform, external_id=external_id)
        if found is None:
            errors = [error_in("content_id", "unknown", "Your platform told us of no such content.")]
            raise Unprocessable("fanzpay.unknown", "This names what is not known.", errors=errors)
        return found


class PaymentsView(PayDoor):
    several_transactions = True

    @operation("List payments", gives=PaymentOut, filters=WhichPayments, paged=True)
    def get(self, request: Request) -> Response:
        with transaction_for(self.actor):
            fan, creator = self.party_of(Role.FAN, self.query.fan), self.party_of(Role.CREATOR, self.query.creator)
            rows = payments_seen_by(
                self.actor, state=self.query.state, reference=self.query.reference, fan_id=fan, creator_id=creator
            )
            page = self.rows(rows)
        shown = payments_shown(map(view_of, page.found), self.actor.platform)
        return page.answer(PaymentOut(shown, many=True).data)

    @operation("Charge a fan", takes=PaymentBody, gives=PaymentOut, status=201, or_status=202, idempotent="required")
    def post(self, request: Request) -> HttpResponse:
        once, body = self.once_for_payment(request), PaymentBody.read(request)
        wish = self.wish(
            body, product=body.product, method=body.method, coin=body.coin, recurring=bool(body.subscription)
        )
        period = body.subscription["period_days"] if body.subscription else None
        return self.answer(pay(wish=wish, period_days=period, once=once))


class OnePaymentView(PayDoor):
    several_transactions = True

    @operation("Read one payment", gives=PaymentOut)
    def get(self, request: Request, payment_id: UUID) -> Response:
        return Response(PaymentOut(payment_shown(self.payment(payment_id))).data)


class CancelView(PayDoor):
    several_transactions = True

    @operation("Give a payment up before any money moved", takes=WhyBody, gives=PaymentOut, status=201, or_status=202,
               idempotent="required")  # fmt: skip
    def post(self, request: Request, payment_id: UUID) -> HttpResponse:
        self.payment(payment_id)
        once, body = self.once_for_payment(request), WhyBody.read(request)
        return self.answer(give_up(payment_id=payment_id, reason=body.reason, once=once))


class VoidView(PayDoor):
    several_transactions = True

    @operation("Take a whole charge back before it settles", takes=WhyBody, gives=RefundOut, status=201, or_status=202,
               idempotent="required")  # fmt: skip
    def post(self, request: Request, payment_id: UUID) -> HttpResponse:
        self.payment(payment_id)
        once, body = self.once_for_refund(request), WhyBody.read(request)
        return self.answer(take_back(payment_id=payment_id, reason=body.reason, once=once))


class RefundsView(PayDoor):
    several_transactions = True

    @operation("List refunds", gives=RefundOut, filters=WhichRefunds, paged=True)
    def get(self, request: Request) -> Response:
        with transaction_for(self.actor):
            rows = refunds_seen_by(self.actor, payment_id=self.query.payment_id, state=self.query.state or "")
            page = self.rows(rows)
        shown = [refund_shown(view_of_refund(row)) for row in page.found]
        return page.answer(RefundOut(shown, many=True).data)

    @operation("Give money back", takes=RefundBody, gives=RefundOut, status=201, or_status=202, idempotent="required")
    def post(self, request: Request) -> HttpResponse:
        once, body = self.once_for_refund(request), RefundBody.read(request)
        amount = Money(body.amount_minor, body.currency)
        return self.answer(give_back(payment_id=body.payment_id, amount=amount, reason=body.reason, once=once))


class OneRefundView(PayDoor):
    several_transactions = True

    @operation("Read one refund", gives=RefundOut)
    def get(self, request: Request, refund_id: UUID) -> Response:
        row = self.one(refunds_seen_by(self.actor), refund_id, "payments.no_refund")
        return Response(RefundOut(refund_shown(view_of_refund(row))).data)


class SubscriptionsView(PayDoor):
    several_transactions = True

    @operation("List subscriptions", gives=SubscriptionOut, filters=WhichSubscriptions, paged=True)
    def get(self, request: Request) -> Response:
        with transaction_for(self.actor):
            fan = self.party_of(Role.FAN, self.query.fan)
            page = self.rows(subscriptions_seen_by(self.actor, fan_id=fan, state=self.query.state or ""))
        shown = subscriptions_shown(map(view_of_subscription, page.found), self.actor.platform)
        return page.answer(SubscriptionOut(shown, many=True).data)

    @operation("Begin a subscription and make its first payment", takes=SubscriptionBody, gives=SubscriptionBegunOut,
               status=201, or_status=202, idempotent="required")  # fmt: skip
    def post(self, request: Request) -> HttpResponse:
        once, body = self.once_for_payment(request, self._begun), SubscriptionBody.read(request)
        wish = self.wish(body, product=str(Product.SUBSCRIPTION), method=str(Method.CARD), recurring=True)
        return self.answer(pay(wish=wish, period_days=body.period_days, once=once))

    def _begun(self, payment: PaymentView) -> Reply:
        """The subscription with its first payment."""
        if payment.subscription_id is None:
            raise RuntimeError("the first payment of a subscription names it")
        view = get_subscription(payment.subscription_id, self.actor)
        shown = subscriptions_shown([view], self.actor.platform)[0] | {"payment": payment_shown(payment)}
        status = 201 if is_known(payment) else 202
        return reply(SubscriptionBegunOut(shown).data, status, f"/api/v1/subscriptions/{view.id}")


class OneSubscriptionView(PayDoor):
    several_transactions = True

    @operation("Read one subscription", gives=SubscriptionOut)
    def get(self, request: Request, subscription_id: UUID) -> Response:
        view = self.subscription(subscription_id)
        return Response(SubscriptionOut(subscriptions_shown([view], self.actor.platform)[0]).data)


class SubscriptionCancelView(PayDoor):
    several_transactions = True

    @operation("End a subscription with the period that is paid", takes=WhyBody, gives=SubscriptionOut)
    def post(self, request: Request, subscription_id: UUID) -> Response:
        self.subscription(subscription_id)
        body = WhyBody.read(request)
        cancel_subscription(subscription_id=subscription_id, reason=body.reason, by=self.actor, at=clock.now())
        view = self.subscription(subscription_id)
        return Response(SubscriptionOut(subscriptions_shown([view], self.actor.platform)[0]).data)


class InstrumentsView(PayDoor):
    @operation("List a fan's saved cards", gives=InstrumentOut, filters=WhoseCards, paged=True)
    def get(self, request: Request) -> Response:
        fan = get_member(platform_id=self.actor.platform, role=Role.FAN, external_id=self.query.fan)
        return self.page(instruments_seen_by(self.actor, fan_id=fan.party_id), InstrumentOut)


class InstrumentView(PayDoor):
    several_transactions = True

    @operation("Forget a saved card", status=204)
    def delete(self, request: Request, instrument_id: UUID) -> Response:
        forget_instrument(instrument_id=instrument_id, platform_id=self.actor.platform, by=self.actor, at=clock.now())
        return Response(status=204)
