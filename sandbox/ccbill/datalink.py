"""DataLink: subscriptions are asked about and ended, sales refunded and voided, and days reported."""

from __future__ import annotations

import csv
import hmac
import io
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape

from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.ccbill.book import Sale, Subscription
from sandbox.ccbill.company import NO_RECORD, WRONG_ARGUMENTS, Company, Refused
from sandbox.ccbill.values import day, price_of, read_moment, short_day
from sandbox.control import Call

FAILED_LOGINS, LOCKED_FOR = 3, timedelta(hours=1)
WRONG_LOGIN, UNKNOWN_ACTION, INTERNAL, LOCKED, OTHER_ACCOUNT = -1, -6, -7, -12, -4
LONGEST_REPORT = timedelta(hours=24)
REPORTED = frozenset({"NEW", "REBILL", "REFUND", "CHARGEBACK", "VOID", "RETURN", "EXPIRE"})
OPERATIONS = {
    "cancelSubscription": "cancel",
    "viewSubscriptionStatus": "status",
    "refundTransaction": "refund",
    "voidTransaction": "void",
}


class DataLink:
    """The two programs a merchant's server calls with its DataLink login."""

    def __init__(self, company: Company, settings: Mapping[str, Any]) -> None:
        self.company, self.settings = company, settings
        self._failed: deque[datetime] = deque(maxlen=FAILED_LOGINS)
        self._reported_at: datetime | None = None

    def forget(self) -> None:
        """Unlock, and let a report be asked for at once."""
        self._failed.clear()
        self._reported_at = None

    def routes(self) -> Sequence[BaseRoute]:
        desk = self.company.desk
        manage = desk.doors(
            tuple(OPERATIONS.values()), lambda fields: OPERATIONS.get(fields.get("action", ""), "datalink"), self.manage
        )
        return [
            Route("/ccbill/datalink/utils/subscriptionManagement.cgi", manage, methods=["GET", "POST"]),
            Route("/ccbill/datalink/data/main.cgi", desk.door("report", self.report), methods=["GET", "POST"]),
        ]

    async def manage(self, call: Call) -> Response:
        is_xml = call.fields.get("returnXML") == "1"
        try:
            if problem := self._who(call.fields):
                raise Refused(problem)
            return _written(self._done(call), is_xml)
        except Refused as refusal:
            return _written({"results": str(refusal.code)}, is_xml)

    async def report(self, call: Call) -> Response:
        if problem := self._who(call.fields):
            return PlainTextResponse(f"Error: Authentication failed ({problem})\n")
        now, minutes = self.company.now(), float(self.settings["report_minutes"])
        if self._reported_at and now < self._reported_at + timedelta(minutes=minutes):
            return PlainTextResponse(f"Error: Reports may be requested once every {minutes:g} minutes\n")
        try:
            start, end = (read_moment(call.fields.get(name, "")) for name in ("startTime", "endTime"))
        except ValueError as wrong:
            return PlainTextResponse(f"Error: {wrong}\n")
        types = set(call.fields.get("transactionTypes", "").split(",")) - {""}
        if not types or types - REPORTED:
            return PlainTextResponse("Error: Invalid transactionTypes\n")
        if not timedelta() < end - start <= LONGEST_REPORT:
            return PlainTextResponse("Error: The time range is limited to 24 hours\n")
        self._reported_at = now
        return PlainTextResponse(self._lines(types, start, end), media_type="text/csv")

    def _who(self, fields: Mapping[str, str]) -> int:
        """0, or the code a login is refused with; three failures in an hour lock it for an hour."""
        now, merchant, account = self.company.now(), self.company.merchant, self.company.account
        recent = [at for at in self._failed if now - at < LOCKED_FOR]
        if len(recent) == FAILED_LOGINS:
            return LOCKED
        given = f"{fields.get('username', '')}:{fields.get('password', '')}"
        wanted = f"{merchant['datalink_username']}:{merchant['datalink_password']}"
        if not hmac.compare_digest(given.encode(), wanted.encode()):
            self._failed.append(now)
            return WRONG_LOGIN
        subaccount = fields.get("clientSubacc") or fields.get("usingSubacc") or account.subaccount
        return 0 if (fields.get("clientAccnum"), subaccount) == (account.number, account.subaccount) else OTHER_ACCOUNT

    def _done(self, call: Call) -> dict[str, str]:
        fields, action = call.fields, call.fields.get("action", "")
        actions: dict[str, Callable[[Call, str], dict[str, str]]] = {
            "cancelSubscription": self._cancel,
            "viewSubscriptionStatus": self._view,
            "refundTransaction": self._refund,
            "voidTransaction": self._void,
        }
        if action not in actions:
            raise Refused(UNKNOWN_ACTION)
        if call.declined_as:
            ordered = call.declined_as
            raise Refused(int(ordered) if ordered.removeprefix("-").isdigit() else INTERNAL)
        number = fields.get("subscriptionId", "")
        if not number.isascii() or not number.isdigit():
            raise Refused(WRONG_ARGUMENTS)
        return actions[action](call, number)

    def _cancel(self, _: Call, number: str) -> dict[str, str]:
        self.company.cancel(self._subscription(number), source="API")
        return {"results": "1"}

    def _view(self, _: Call, number: str) -> dict[str, str]:
        subscription = self._subscription(number)
        sales = [subscription.first, *subscription.sales[1:]]
        return {
            "cancelDate": short_day(subscription.cancelled_at),
            "signupDate": short_day(subscription.first.at),
            "chargebacksIssued": str(sum(sale.charged_back_at is not None for sale in sales)),
            "timesRebilled": str(subscription.rebilled),
            "expirationDate": short_day(subscription.expired_at or subscription.due_at),
            "recurringSubscription": "1" if subscription.recurring_period else "0",
            "subscriptionStatus": str(subscription.status),
            "refundsIssued": str(sum(len(sale.refunds) for sale in sales)),
            "voidsIssued": str(sum(sale.voided_at is not None for sale in sales)),
        }

    def _refund(self, call: Call, number: str) -> dict[str, str]:
        try:
            amount = price_of(call.fields["amount"]) if "amount" in call.fields else None
        except ValueError as wrong:
            raise Refused(WRONG_ARGUMENTS) from wrong
        self.company.refund(self._sale(number), amount, by="api", names_wrong_amount=call.names_wrong_amount)
        return {"results": "1"}

    def _void(self, _: Call, number: str) -> dict[str, str]:
        self.company.void(self._sale(number))
        return {"results": "1"}

    def _subscription(self, number: str) -> Subscription:
        if found := self.company.book.subscriptions.get(number):
            return found
        raise Refused(NO_RECORD)

    def _sale(self, number: str) -> Sale:
        if found := self.company.book.sale_named(number):
            return found
        raise Refused(NO_RECORD)

    def _lines(self, types: set[str], start: datetime, end: datetime) -> str:
        account, out = self.company.account, io.StringIO()
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for line in self.company.book.lines:
            if line.type in types and start <= line.at < end:
                amount = [] if line.amount is None else [line.transaction_id, f"{line.amount:.2f}"]
                writer.writerow(
                    [line.type, account.number, account.subaccount, line.subscription_id, day(line.at), *amount]
                )
        return out.getvalue()


def _written(values: Mapping[str, str], is_xml: bool) -> Response:
    """One value as XML or CSV, or several."""
    if is_xml:
        inner = (
            values["results"]
            if set(values) == {"results"}
            else "".join(f"<{name}>{escape(value)}</{name}>" for name, value in values.items())
        )
        text = f"<?xml version='1.0' standalone='yes'?>\n<results>{inner}</results>\n"
        return Response(text, media_type="text/xml")
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([values.keys(), values.values()])
    return PlainTextResponse(out.getvalue())
