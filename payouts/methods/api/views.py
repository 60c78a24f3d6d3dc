"""Where a creator is paid to: theirs alone, another's is not found."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from foundation import clock
from foundation.http.api import ApiView, operation
from foundation.http.rates import Rate
from foundation.identity.actors import party_of
from payouts.methods.api.serializers import (
    PayoutMethodCodeIn,
    PayoutMethodIn,
    PayoutMethodOut,
    PayoutMethodsOut,
    PayoutRailsOut,
)
from payouts.methods.selectors import get_method, list_methods, list_rails
from payouts.methods.services import (
    add_method,
    disown_method,
    prefer_method,
    prove_method,
    remove_method,
    send_code,
)
from payouts.methods.types import MethodView


def answer(method: MethodView, status: int = 200) -> Response:
    return Response(PayoutMethodOut(method).data, status=status)


class RailsView(ApiView):
    @operation("List the ways of being paid and the fields each asks for", gives=PayoutRailsOut)
    def get(self, request: Request) -> Response:
        return Response(PayoutRailsOut({"data": list_rails()}).data)


class MethodsView(ApiView):
    @operation("List your payout methods, the preferred ones first", gives=PayoutMethodsOut)
    def get(self, request: Request) -> Response:
        return Response(PayoutMethodsOut({"data": list_methods(party_of(self.actor))}).data)

    @operation(
        "Add a payout method; the code that proves it is mailed", takes=PayoutMethodIn, gives=PayoutMethodOut,
        status=201, idempotent="required",
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        body = PayoutMethodIn.read(request)
        made = add_method(
            creator_id=party_of(self.actor), rail=body.rail, currency=body.currency, details=body.details,
            replaces_id=body.replaces_id, by=self.actor, at=clock.now(),
        )  # fmt: skip
        return answer(made, 201)


class MethodOneView(ApiView):
    @operation("Read one of your payout methods", gives=PayoutMethodOut)
    def get(self, request: Request, method_id: UUID) -> Response:
        return answer(get_method(method_id, creator_id=party_of(self.actor)))

    @operation("Remove it; refused while a payout leaves for it", gives=PayoutMethodOut, idempotent="optional")
    def delete(self, request: Request, method_id: UUID) -> Response:
        who: dict[str, Any] = {"creator_id": party_of(self.actor), "by": self.actor, "at": clock.now()}
        return answer(remove_method(method_id=method_id, **who))


class CodeView(ApiView):
    @operation("Mail another code; the one before proves nothing", gives=PayoutMethodOut, idempotent="optional")
    def post(self, request: Request, method_id: UUID) -> Response:
        creator_id = party_of(self.actor)
        send_code(method_id=method_id, creator_id=creator_id, by=self.actor, at=clock.now())
        return answer(get_method(method_id, creator_id=creator_id))


class ProofView(ApiView):
    """A wrong code stays counted, so what counts it is committed before the answer is known."""

    several_transactions = True
    rate: ClassVar[Rate | None] = Rate("payout-method-codes", 30, 3600)

    @operation("Prove it by the mailed code", takes=PayoutMethodCodeIn, gives=PayoutMethodOut)
    def post(self, request: Request, method_id: UUID) -> Response:
        creator_id = party_of(self.actor)
        get_method(method_id, creator_id=creator_id)
        body = PayoutMethodCodeIn.read(request)
        done = prove_method(
            method_id=method_id, creator_id=creator_id, code=body.code, by=self.actor, at=clock.now()
        )  # fmt: skip
        return answer(done)


class PreferView(ApiView):
    @operation("Have payouts of its currency go here", gives=PayoutMethodOut, idempotent="optional")
    def post(self, request: Request, method_id: UUID) -> Response:
        who: dict[str, Any] = {"creator_id": party_of(self.actor), "by": self.actor, "at": clock.now()}
        return answer(prefer_method(method_id=method_id, **who))


class DisownView(ApiView):
    @operation("Say that you did not add it: nothing goes there", gives=PayoutMethodOut, idempotent="optional")
    def post(self, request: Request, method_id: UUID) -> Response:
        who: dict[str, Any] = {"creator_id": party_of(self.actor), "by": self.actor, "at": clock.now()}
        return answer(disown_method(method_id=method_id, **who))
