"""ePayService: money from our account to another one of theirs, by the Open API its users may call."""

from __future__ import annotations

import asyncio
import hmac
import re
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.control import Call
from sandbox.control.line import HungUp
from sandbox.rails.book import SETTLED, Instruction
from sandbox.rails.days import booked_on, next_open, us
from sandbox.rails.hub import Rails
from sandbox.rails.plans import Plan

NAME = "epayservice"
BASE = "/epayservice/open_api"
RECEIVER = re.compile(r"ec[0-9]{4,10}", re.IGNORECASE)
AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")
CURRENCY = "USD"
FEE = Decimal("0.30")
SAVINGS = Decimal("10000000.00")
TOKEN_SECONDS = 7_200
LATE_SECONDS = 3
KEPT, KEPT_TOKENS = 50_000, 1_000


@dataclass
class Payment:
    taken: Instruction
    id: str
    amount: Decimal
    told: Decimal
    description: str
    listed_at: datetime

    @property
    def state(self) -> str:
        return "completed" if self.taken.state == SETTLED else "returned"

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "kind": "out_p2p",
            "state": self.state,
            "amount": value(self.told),
            "fee": value(FEE),
            "total": value(self.told + FEE),
            "receiver_account_number": self.taken.destination,
            "description": self.description,
            "created_at": self.taken.accepted_at.isoformat(),
        }


class Refused(Exception):
    def __init__(self, status: int, error: str, text: str = "") -> None:
        super().__init__(error)
        self.status, self.error, self.text = status, error, text or error.replace("_", " ")


class EPayService:
    does: tuple[str, ...] = ("return",)

    def __init__(self, rails: Rails, merchant: Mapping[str, Any]) -> None:
        self.rails, self.merchant = rails, merchant
        self.desk = rails.control.desk(NAME)
        self.balance = SAVINGS
        self.payments: OrderedDict[str, Payment] = OrderedDict()
        self._tokens: OrderedDict[str, datetime] = OrderedDict()
        rails.play(NAME, self)

    def routes(self) -> list[BaseRoute]:
        def door(operation: str, answer: Any) -> Any:
            async def guarded(call: Call) -> Response:
                self.rails.clockwork.catch_up()
                try:
                    if operation != "token":
                        self._check_bearer(call)
                    if call.declined_as:
                        raise Refused(422, call.declined_as)
                    done: Response = await answer(call)
                except Refused as refusal:
                    return JSONResponse({"error": refusal.error, "error_description": refusal.text}, refusal.status)
                return done

            return self.desk.door(operation, guarded)

        return [
            Route(f"{BASE}/oauth/token", door("token", self.token), methods=["POST"]),
            Route(f"{BASE}/accounts", door("accounts", self.accounts), methods=["GET"]),
            Route(f"{BASE}/account_history", door("history", self.history), methods=["GET"]),
            Route(f"{BASE}/out/p2ps/fee", door("fee", self.fee), methods=["GET"]),
            Route(f"{BASE}/out/p2ps", door("pay", self.pay), methods=["POST"]),
        ]

    async def token(self, call: Call) -> Response:
        said = call.fields
        if said.get("grant_type") != "refresh_token":
            raise Refused(400, "unsupported_grant_type")
        for name, error in (("client_id", "invalid_client"), ("client_secret", "invalid_client"),
                            ("refresh_token", "invalid_grant")):  # fmt: skip
            if not hmac.compare_digest(said.get(name, "").encode(), str(self.merchant[name]).encode()):
                raise Refused(401, error)
        now, bearer = self.desk.clock.now(), secrets.token_urlsafe(24)
        self._tokens[bearer] = now + timedelta(seconds=TOKEN_SECONDS)
        while len(self._tokens) > KEPT_TOKENS:
            self._tokens.popitem(last=False)
        return JSONResponse(
            {
                "access_token": bearer,
                "token_type": "Bearer",
                "refresh_token": self.merchant["refresh_token"],
                "created_at": int(now.timestamp()),
                "expires_in": TOKEN_SECONDS,
                "scope": "read p2p_out",
            }
        )

    async def accounts(self, call: Call) -> Response:
        return JSONResponse(
            [
                {
                    "id": self.merchant["account_id"],
                    "type": "wallet",
                    "name": "Payouts",
                    "number": self.merchant["account_number"],
                    "balance": f"{self.balance:.2f}",
                    "currency": CURRENCY,
                    "currency_label": "US dollar",
                    "favorite": True,
                    "payment_provider_code": "eps",
                }
            ]
        )

    async def history(self, call: Call) -> Response:
        """Newest first, of the days between `from` and `to` where they are named."""
        self._check_account(call.fields)
        first, last = call.fields.get("from", ""), call.fields.get("to", "") or "9999"
        now = self.desk.clock.now()
        rows = [
            one.as_json()
            for one in reversed(self.payments.values())
            if one.listed_at <= now and first <= f"{one.taken.accepted_at:%Y-%m-%d}" <= last
        ]
        return JSONResponse(rows)

    async def fee(self, call: Call) -> Response:
        amount, _ = self._asked(call.fields)
        answer = {"amount": amount, "fee": FEE, "smsFee": Decimal(0), "total": amount + FEE}
        return JSONResponse({name: value(one) for name, one in answer.items()})

    async def pay(self, call: Call) -> Response:
        said = call.fields
        amount, receiver = self._asked(said)
        description = said.get("description", "")[:140]
        plan = self.rails.plans.of(NAME, description, int(amount * 100))
        match plan.kind:
            case "refuse":
                raise Refused(422, plan.code or "receiver_not_found")
            case "reject":
                raise Refused(422, plan.code or "insufficient_funds")
            case "silent":
                raise Refused(500, "internal_error")
            case "hang_up":
                return HungUp()
        if self.balance < amount + FEE:
            raise Refused(422, "insufficient_funds")
        payment = self._take(receiver, amount, description, plan)
        if call.names_wrong_amount or plan.kind == "wrong_amount":
            payment.told += 1
        return await self._answered(payment, plan)

    def act(self, taken: Instruction, do: str, code: str) -> None:
        payment = self.payments.get(taken.provider_ref)
        if payment is None or not self._give_back(payment, code, self.desk.clock.now()):
            raise ValueError("it came back before")

    def forget(self) -> None:
        self.payments.clear()
        self.balance = SAVINGS

    def _check_bearer(self, call: Call) -> None:
        given = call.request.headers.get("authorization", "").removeprefix("Bearer ")
        until = self._tokens.get(given)
        if until is None or until < self.desk.clock.now():
            raise Refused(401, "invalid_token")

    def _check_account(self, said: Mapping[str, str]) -> None:
        if said.get("account_id") != self.merchant["account_id"]:
            raise Refused(404, "account_not_found")

    def _asked(self, said: Mapping[str, str]) -> tuple[Decimal, str]:
        self._check_account(said)
        text, receiver = said.get("amount", ""), said.get("receiver_account_number", "").strip()
        if not AMOUNT.fullmatch(text) or not Decimal(text):
            raise Refused(422, "invalid_amount")
        if not RECEIVER.fullmatch(receiver):
            raise Refused(422, "receiver_not_found")
        return Decimal(text), receiver.lower()

    def _take(self, receiver: str, amount: Decimal, description: str, plan: Plan) -> Payment:
        book = self.rails.book
        taken = book.take(NAME, description, int(amount * 100), CURRENCY, receiver)
        taken.provider_ref = str(500_000_000 + taken.number)
        book.settle(taken, taken.accepted_at)
        self.balance -= amount + FEE
        payment = Payment(
            taken, taken.provider_ref, amount, amount, description, taken.accepted_at + plan.listed_after
        )  # fmt: skip
        self.payments[payment.id] = payment
        while len(self.payments) > KEPT:
            self.payments.popitem(last=False)
        return payment

    async def _answered(self, payment: Payment, plan: Plan) -> Response:
        if plan.kind == "return":
            due = booked_on(next_open(payment.taken.accepted_at.date(), us, plan.days))
            self.rails.clockwork.at(due, partial(self._back_by_plan, payment, plan.code))
        elif plan.loses_reply:
            return HungUp()
        elif plan.kind == "twice":
            raise Refused(500, "internal_error")
        elif plan.kind == "late":
            await asyncio.sleep(LATE_SECONDS)
        return JSONResponse(payment.as_json(), 201)

    def _back_by_plan(self, payment: Payment, code: str, at: datetime) -> None:
        self._give_back(payment, code, at)

    def _give_back(self, payment: Payment, code: str, at: datetime) -> bool:
        if not self.rails.book.come_back(payment.taken, code or "returned", at):
            return False
        self.balance += payment.amount
        return True


def value(amount: Decimal) -> dict[str, str]:
    return {"value": f"{amount:.2f}", "currency": CURRENCY}
