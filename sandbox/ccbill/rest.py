"""CCBill's REST interface: OAuth, payment tokens, charges."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.ccbill import errors
from sandbox.ccbill.book import FOREVER, Sale, Token
from sandbox.ccbill.company import Company, Order
from sandbox.ccbill.errors import Problem
from sandbox.ccbill.outcomes import THROTTLING_CENTS, BadCard, card_of, cents, text_of
from sandbox.ccbill.values import currency_of, price_of
from sandbox.control import Call

V1 = "application/vnd.mcn.transaction-service.api.v.1+json"
V2 = "application/vnd.mcn.transaction-service.api.v.2+json"
BEARERS_KEPT = 5_000
CUSTOMER = (
    "customerFname", "customerLname", "address1", "address2", "city", "state", "zipcode", "country", "phoneNumber",
    "email", "ipAddress",
)  # fmt: skip
NEEDED_OF_CUSTOMER = ("customerFname", "customerLname", "zipcode", "country", "email")
Answer = Callable[[Call, str], Awaitable[Any]]


class Rest:
    """The doors a merchant's server knocks at."""

    def __init__(self, company: Company, settings: Mapping[str, Any]) -> None:
        self.company, self.settings = company, settings
        self._bearers: OrderedDict[str, datetime] = OrderedDict()

    def routes(self) -> Sequence[BaseRoute]:
        desk = self.company.desk
        desk.broken = lambda: errors.response(100106)
        desk.throttled = lambda: errors.response(100110)
        tokens, charges = "/ccbill/payment-tokens", "/ccbill/transactions/payment-tokens"

        def door(path: str, operation: str, answer: Answer, method: str) -> BaseRoute:
            return Route(path, desk.door(operation, self._guarded(answer)), methods=[method])

        return [
            Route("/ccbill/ccbill-auth/oauth/token", desk.door("token", self.grant), methods=["POST"]),
            door(f"{tokens}/merchant-only", "payment_token", self.make_token, "POST"),
            door(f"{tokens}/merchant-only-verify", "payment_token", self.make_verified_token, "POST"),
            door(f"{tokens}/threeds-required", "threeds_required", self.card_needs_threeds, "GET"),
            door(f"{tokens}/{{token}}/threeds-required", "threeds_required", self.token_needs_threeds, "GET"),
            door(f"{tokens}/{{token}}", "payment_token_read", self.read_token, "GET"),
            door(f"{charges}/threeds/{{token}}", "charge", self.charge_with_threeds, "POST"),
            door(f"{charges}/{{token}}", "charge", self.charge, "POST"),
            door(f"{charges}/{{token}}", "charge_read", self.read_charges, "GET"),
        ]

    async def grant(self, call: Call) -> Response:
        """A bearer for whoever knows the application's secret."""
        merchant = self.company.merchant
        given = _basic(call.request.headers.get("authorization", ""))
        wanted = f"{merchant['application_id']}:{merchant['secret']}"
        if not hmac.compare_digest(given.encode(), wanted.encode()):
            said = {"error": "invalid_client", "error_description": "Bad client credentials"}
            return JSONResponse(said, status_code=401)
        if call.fields.get("grant_type") != "client_credentials":
            return JSONResponse({"error": "unsupported_grant_type"}, status_code=400)
        bearer, seconds = secrets.token_urlsafe(32), int(self.settings["token_seconds"])
        self._bearers[bearer] = self.company.now() + timedelta(seconds=seconds)
        if len(self._bearers) > BEARERS_KEPT:
            self._bearers.popitem(last=False)
        return JSONResponse({"access_token": bearer, "token_type": "bearer", "expires_in": seconds})

    async def make_token(self, call: Call, version: str) -> Any:
        return _token_json(self._new_token(call), self.company, version)

    async def make_verified_token(self, call: Call, version: str) -> Any:
        """The same with the verdict on address and cvv2."""
        if not call.fields.get("cvv2"):
            raise Problem(200000, ("cvv2", "Attribute required"))
        verdict = {
            "cvv2Response": "N" if call.fields["cvv2"] == "000" else "M",
            "avsResponse": "N" if call.fields.get("zipcode") == "00000" else "Y",
        }
        return _token_json(self._new_token(call), self.company, version) | verdict

    async def read_token(self, call: Call, version: str) -> Any:
        return _token_json(self._token(call), self.company, version)

    async def card_needs_threeds(self, call: Call, version: str) -> Any:
        for name in ("bin", "last4", "clientAccnum", "currencyCode"):
            if not call.fields.get(name, "").isdigit():
                raise Problem(200000, (name, "Attribute required"))
        self._check_account(call.fields["clientAccnum"])
        return {"required": (call.fields["bin"], call.fields["last4"]) == ("400000", "3220")}

    async def token_needs_threeds(self, call: Call, version: str) -> Any:
        if "currencyCode" not in call.fields:
            raise Problem(200000, ("currencyCode", "Attribute required"))
        _checked("currencyCode", currency_of, call.fields["currencyCode"])
        return self._token(call).card.behaviour.needs_threeds

    async def charge(self, call: Call, version: str) -> Any:
        return self._charged(call, version, "")

    async def charge_with_threeds(self, call: Call, version: str) -> Any:
        said = _body(call)
        if not any(name.startswith("threedsError") for name in said):
            if said.get("threedsStatus") not in ("Y", "A", "N", "U", "R", "C") or not said.get("threedsVersion"):
                wrong = (
                    "Threeds request parameters need to contain either 3DS verification parameters or error parameters"
                )
                raise Problem(200000, ("threedsError", f"{wrong} to be valid"))
            amount = _checked("threedsAmount", price_of, said.get("threedsAmount", said.get("initialPrice")))
            if amount != _checked("initialPrice", price_of, said.get("initialPrice")):
                raise Problem(200000, ("threedsAmount", "Threeds amount is not equal to initialPrice"))
        proven = said.get("threedsSuccess", True) in (True, "true")
        return self._charged(call, version, str(said.get("threedsStatus", "U")) if proven else "N")

    async def read_charges(self, call: Call, version: str) -> Any:
        """The approved charges of a token: only their numbers, as the real interface has it."""
        self._check_account(call.fields.get("clientAccnum", ""))
        token = self._token(call)
        account = self.company.account
        return [
            {
                "clientAccnum": int(account.number),
                "clientSubacc": int(account.subaccount),
                "subscriptionId": sale.subscription_id,
            }
            for sale in self.company.book.by_token.get(token.id) or ()
            if sale.is_approved
        ]

    def _charged(self, call: Call, version: str, threeds: str) -> Any:
        said, token = _body(call), self._token(call)
        self._check_account(str(said.get("clientAccnum", "")), str(said.get("clientSubacc", "")))
        order = _order(said)
        if error := THROTTLING_CENTS.get(cents(order.price)):
            raise Problem(error)
        if not self.company.is_usable(token):
            raise Problem(100102)
        ordered = call.declined_as
        sale = self.company.charge(
            order,
            token,
            kind="UpSale",
            threeds=threeds,
            ordered_decline=int(ordered) if ordered.isdigit() else 24 if ordered else 0,
            names_wrong_amount=call.names_wrong_amount,
        )
        renewed = ""
        if sale.is_approved and said.get("createNewPaymentToken") is True:
            renewed = self.company.keep_card(token.card, token.customer, uses=FOREVER, original=token.id).id
        return _sale_json(sale, renewed, version)

    def _new_token(self, call: Call) -> Token:
        said = _body(call)
        self._check_account(str(said.get("clientAccnum", "")), str(said.get("clientSubacc", "")))
        customer, payment = said.get("customerInfo") or {}, said.get("paymentInfo") or {}
        card = payment.get("creditCardPaymentInfo") if isinstance(payment, dict) else None
        if not isinstance(customer, dict) or not isinstance(card, dict):
            raise Problem(200000, ("paymentInfo", "Attribute required"))
        if missing := [name for name in NEEDED_OF_CUSTOMER if not str(customer.get(name, "")).strip()]:
            raise Problem(200000, *((name, "Attribute required") for name in missing))
        try:
            read = card_of(card, self.company.account.salt, self.company.now())
        except BadCard as wrong:
            raise Problem(200000, (wrong.field, wrong.message)) from wrong
        known = {name: str(customer[name])[:200] for name in CUSTOMER if customer.get(name)}
        hours, uses = (_count(said, name, FOREVER) for name in ("timeToLive", "validNumberOfUse"))
        return self.company.keep_card(read, known, hours=hours or FOREVER, uses=uses or 1)

    def _token(self, call: Call) -> Token:
        token = self.company.token(call.fields["token"])
        if token is None:
            raise Problem(100101)
        return token

    def _check_account(self, number: str, subaccount: str | None = None) -> None:
        ours = self.company.account
        if number != ours.number or (subaccount is not None and subaccount.zfill(4) != ours.subaccount):
            raise Problem(100100)

    def _guarded(self, answer: Answer) -> Callable[[Call], Awaitable[Response]]:
        async def guarded(call: Call) -> Response:
            accepted = call.request.headers.get("accept", "*/*")
            version = V2 if V2 in accepted or accepted in ("*/*", "application/json") else V1
            try:
                if version == V1 and V1 not in accepted:
                    raise Problem(100015)
                good_until = self._bearers.get(call.request.headers.get("authorization", "").removeprefix("Bearer "))
                if good_until is None or good_until <= self.company.now():
                    return Response(status_code=401)
                return JSONResponse(await answer(call, version), media_type=version)
            except Problem as problem:
                return errors.of(problem, call)

        return guarded


def _body(call: Call) -> dict[str, Any]:
    if not call.request.headers.get("content-type", "").startswith("application/json"):
        raise Problem(100004)
    try:
        return call.json()
    except ValueError as wrong:
        raise Problem(200000, ("", "Problem with data type")) from wrong


def _order(said: Mapping[str, Any]) -> Order:
    for name in ("initialPrice", "initialPeriod"):
        if name not in said:
            raise Problem(200000, (name, "Attribute required"))
    named = said.get("passThroughInfo") or []
    if not isinstance(named, list) or not all(isinstance(pair, dict) and pair.get("name") for pair in named):
        raise Problem(200000, ("passThroughInfo", "Problem with the attribute values"))
    price = _checked("initialPrice", price_of, said["initialPrice"])
    if not price:
        raise Problem(200000, ("initialPrice", "Problem with the attribute values"))
    return Order(
        price=price,
        currency=_checked("currencyCode", currency_of, said.get("currencyCode", 840)),
        initial_period=_count(said, "initialPeriod", 3_650),
        recurring_price=_checked("recurringPrice", price_of, said.get("recurringPrice", Decimal())),
        recurring_period=_count(said, "recurringPeriod", 3_650),
        rebills=_count(said, "rebills", 99),
        named={str(pair["name"])[:100]: str(pair.get("value", ""))[:500] for pair in named[:20]},
    )


def _count(said: Mapping[str, Any], name: str, most: int) -> int:
    value = said.get(name) or 0
    if isinstance(value, bool) or not re.fullmatch(r"\d{1,10}", str(value)) or int(value) > most:
        raise Problem(200000, (name, "Problem with the attribute values"))
    return int(value)


def _checked(field: str, read: Callable[[Any], Any], value: Any) -> Any:
    try:
        return read(value)
    except ValueError as wrong:
        raise Problem(200000, (field, str(wrong))) from wrong


def _sale_json(sale: Sale, renewed: str, version: str) -> dict[str, Any]:
    """A charge's answer; version 1 writes the subscription as a number of 19 digits."""
    number = int if version == V1 else str
    return {
        "declineCode": sale.decline or None,
        "declineText": text_of(sale.decline) if sale.decline else None,
        "denialId": int(sale.id) if sale.decline else None,
        "approved": sale.is_approved,
        "paymentUniqueId": sale.card.account[:22] if sale.is_approved else None,
        "sessionId": None,
        "subscriptionId": number(sale.subscription_id) if sale.is_approved else None,
        "newPaymentTokenId": renewed or None,
    }


def _token_json(token: Token, company: Company, version: str) -> dict[str, Any]:
    number = int if version == V1 else str
    return {
        "paymentTokenId": token.id,
        "programParticipationId": None,
        "originalPaymentTokenId": token.original or None,
        "clientAccnum": int(company.account.number),
        "clientSubacc": int(company.account.subaccount),
        "createdDatetime": f"{token.made_at:%Y-%m-%dT%H:%M:%S}",
        "timeToLive": token.hours,
        "validNumberOfUse": token.uses,
        "subscriptionId": number(token.subscription_id) if token.subscription_id else None,
        "paymentInfoId": None,
    }


def _basic(header: str) -> str:
    try:
        return base64.b64decode(header.removeprefix("Basic "), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
