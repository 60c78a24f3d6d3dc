"""Paxum: money to a person's Paxum account at once, by the API that its merchants call."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.control import Call
from sandbox.control.line import HungUp
from sandbox.rails.book import ACCEPTED, SETTLED, Instruction
from sandbox.rails.days import booked_on, next_open, us
from sandbox.rails.hub import Rails
from sandbox.rails.plans import Plan

NAME = "paxum"
FEE = Decimal("0.50")
SAVINGS = Decimal("10000000.00")
CURRENCIES = ("USD", "EUR", "GBP", "CAD")
LATE_SECONDS = 3
KEPT = 50_000
MOST_PER_PAGE = 100
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s.]{2,}")
AMOUNT = re.compile(r"\d{1,9}(\.\d{1,2})?")

# The fields of each method in the order in which their values make the key.
SIGNED = {
    "transferFunds": (
        "toEmail", "amount", "currency", "note", "firstName", "lastName", "businessName", "reference",
        "subscriptionFrequency", "subscriptionEndDate", "subscriptionUserCancel", "subscriptionTransactions",
        "fromAccount", "transactionCategory",
    ),
    "balanceInquiry": ("accountId",),
    "transactionHistory": ("accountId", "fromDate", "toDate", "pageSize", "pageNumber"),
    "login": ("fromEmail",),
}  # fmt: skip
OPERATIONS = {
    "transferFunds": "transfer",
    "balanceInquiry": "balance",
    "transactionHistory": "history",
    "login": "login",
}
TEXTS = {
    "00": "Success",
    "13": "System error",
    "30": "Format error",
    "3D": "Format error: date",
    "51": "Not enough funds",
    "52": "Single transaction amount limit exceeded",
    "66": "API method disabled",
    "90": "Unauthorised",
    "IA": "Invalid account",
    "IK": "Invalid currency",
    "IM": "Invalid method",
    "IP": "Invalid payee",
    "NM": "Name mismatch",
    "UA": "Unverified account",
}
# Who cannot be paid, by the name before the @: the sandbox's own rule.
PAYEES = {"nobody": "IP", "unverified": "UA", "mismatch": "NM"}


@dataclass
class Transfer:
    """One transfer as Paxum's history shows it."""

    taken: Instruction
    id: str
    amount: Decimal
    told: Decimal
    note: str
    listed_at: datetime

    @property
    def status(self) -> str:
        return "Completed" if self.taken.state == SETTLED else "Refunded"


class Refused(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Paxum:
    does: tuple[str, ...] = ("return",)

    def __init__(self, rails: Rails, merchant: Mapping[str, Any]) -> None:
        self.rails, self.merchant = rails, merchant
        self.desk = rails.control.desk(NAME)
        self.balances = dict.fromkeys(CURRENCIES, SAVINGS)
        self.transfers: OrderedDict[str, Transfer] = OrderedDict()
        rails.play(NAME, self)

    def routes(self) -> list[BaseRoute]:
        operations = (*OPERATIONS.values(), "other")
        door = self.desk.doors(operations, lambda said: OPERATIONS.get(said.get("method", ""), "other"), self.answer)
        return [Route("/paxum/payment/api/paymentAPI.php", door, methods=["POST"])]

    async def answer(self, call: Call) -> Response:
        self.rails.clockwork.catch_up()
        said = call.fields
        method = said.get("method", "")
        try:
            self._check_caller(method, said)
            if said.get("sandbox") == "ON":
                raise Refused(said.get("return") or "00")
            if call.declined_as:
                raise Refused(call.declined_as)
            match method:
                case "transferFunds":
                    return await self._transfer(said, names_wrong_amount=call.names_wrong_amount)
                case "transactionHistory":
                    return self._history(said)
                case "balanceInquiry":
                    return self._balances(said)
            return told(method, "00")
        except Refused as refusal:
            return told(method, refusal.code)

    def act(self, taken: Instruction, do: str, code: str) -> None:
        transfer = self.transfers.get(taken.provider_ref)
        if transfer is None or not self._give_back(transfer, code, self.desk.clock.now()):
            raise ValueError("it came back before")

    def forget(self) -> None:
        self.transfers.clear()
        self.balances = dict.fromkeys(CURRENCIES, SAVINGS)

    def _check_caller(self, method: str, said: Mapping[str, str]) -> None:
        if method not in SIGNED:
            raise Refused("IM")
        values = (said.get(name, "") for name in SIGNED[method])
        wanted = hashlib.md5("".join((self.merchant["secret"], *values)).encode()).hexdigest()  # noqa: S324
        is_ours = said.get("fromEmail", "").lower() == str(self.merchant["from_email"]).lower()
        if not is_ours or not hmac.compare_digest(said.get("key", "").encode(), wanted.encode()):
            raise Refused("90")

    async def _transfer(self, said: Mapping[str, str], *, names_wrong_amount: bool) -> Response:
        payee, currency = said.get("toEmail", "").strip(), said.get("currency", "").upper()
        amount = money(said.get("amount", ""))
        if currency not in CURRENCIES:
            raise Refused("IK")
        if not EMAIL.fullmatch(payee):
            raise Refused("IP")
        if known := PAYEES.get(payee.partition("@")[0]):
            raise Refused(known)
        reference = said.get("reference", "") or said.get("note", "")
        plan = self.rails.plans.of(NAME, reference, int(amount * 100))
        match plan.kind:
            case "refuse":
                raise Refused(plan.code or "IP")
            case "reject":
                raise Refused(plan.code or "51")
            case "silent":
                raise Refused("13")
            case "hang_up":
                return HungUp()
        if self.balances[currency] < amount + FEE:
            raise Refused("51")
        transfer = self._take(payee, amount, currency, reference, said.get("note", ""), plan)
        if names_wrong_amount or plan.kind == "wrong_amount":
            transfer.told += 1
        return await self._answered(transfer, plan)

    def _take(self, payee: str, amount: Decimal, currency: str, reference: str, note: str, plan: Plan) -> Transfer:
        book = self.rails.book
        taken = book.take(NAME, reference, int(amount * 100), currency, payee)
        taken.provider_ref = str(100_000_000 + taken.number)
        book.settle(taken, taken.accepted_at)
        self.balances[currency] -= amount + FEE
        transfer = Transfer(taken, taken.provider_ref, amount, amount, note, taken.accepted_at + plan.listed_after)
        self.transfers[transfer.id] = transfer
        while len(self.transfers) > KEPT:
            self.transfers.popitem(last=False)
        return transfer

    async def _answered(self, transfer: Transfer, plan: Plan) -> Response:
        taken = transfer.taken
        if plan.kind == "return":
            day = next_open(taken.accepted_at.date(), us, plan.days)
            self.rails.clockwork.at(booked_on(day), lambda at: self._back_by_plan(transfer, plan.code, at))
        elif plan.loses_reply:
            return HungUp()
        elif plan.kind == "twice":
            raise Refused("13")
        elif plan.kind == "late":
            await asyncio.sleep(LATE_SECONDS)
        return told("transferFunds", "00", f"<Fee>{FEE}</Fee><TransactionId>{transfer.id}</TransactionId>")

    def _back_by_plan(self, transfer: Transfer, code: str, at: datetime) -> None:
        self._give_back(transfer, code, at)

    def _give_back(self, transfer: Transfer, code: str, at: datetime) -> bool:
        if not self.rails.book.come_back(transfer.taken, code or "refunded", at):
            return False
        self.balances[transfer.taken.currency] += transfer.amount
        return True

    def _history(self, said: Mapping[str, str]) -> Response:
        self._check_account(said)
        first, last = day(said.get("fromDate", "")), day(said.get("toDate", ""))
        size, number = said.get("pageSize", "") or "20", said.get("pageNumber", "") or "1"
        if not (size.isdecimal() and number.isdecimal() and 1 <= int(size) <= MOST_PER_PAGE and int(number) >= 1):
            raise Refused("30")
        now = self.desk.clock.now()
        latest = [one for one in reversed(self.transfers.values()) if one.listed_at <= now]
        found = [one for one in latest if first <= one.taken.accepted_at.date() <= last]
        start = (int(number) - 1) * int(size)
        rows = "".join(_shown(one) for one in found[start : start + int(size)])
        return told("transactionHistory", "00", f"<Transactions>{rows}</Transactions>")

    def _balances(self, said: Mapping[str, str]) -> Response:
        self._check_account(said)
        rows = "".join(
            tags("Account", AccountId=self.merchant["account_id"], Currency=currency, Balance=f"{balance:.2f}")
            for currency, balance in self.balances.items()
        )
        return told("balanceInquiry", "00", f"<Accounts>{rows}</Accounts>")

    def _check_account(self, said: Mapping[str, str]) -> None:
        if said.get("accountId", "") not in ("", self.merchant["account_id"]):
            raise Refused("IA")


def _shown(transfer: Transfer) -> str:
    taken = transfer.taken
    return tags(
        "Transaction",
        TransactionId=transfer.id,
        Date=f"{taken.accepted_at:%Y-%m-%d %H:%M:%S}",
        ToEmail=taken.destination,
        Amount=f"{transfer.told:.2f}",
        Currency=taken.currency,
        Fee=f"{FEE}",
        Reference=taken.reference,
        Note=transfer.note,
        Status=transfer.status if taken.state != ACCEPTED else "Pending",
    )


def told(method: str, code: str, more: str = "") -> Response:
    """An answer as Paxum writes it, with the blank line before the XML that its clients have to live with."""
    head = f"<Method>{escape(method)}</Method><ResponseCode>{escape(code)}</ResponseCode>"
    text = f"<ResponseDescription>{TEXTS.get(code, 'Error')}</ResponseDescription>"
    return Response(
        f'\n<?xml version="1.0" encoding="UTF-8"?>\n<Response>{head}{text}{more}</Response>', media_type="text/xml"
    )


def tags(name: str, **inner: str) -> str:
    return f"<{name}>" + "".join(f"<{key}>{escape(value)}</{key}>" for key, value in inner.items()) + f"</{name}>"


def money(text: str) -> Decimal:
    if not AMOUNT.fullmatch(text) or not Decimal(text):
        raise Refused("30")
    return Decimal(text)


def day(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise Refused("3D") from None
