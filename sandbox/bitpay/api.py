"""BitPay's doors for the merchant's program."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.bitpay import money
from sandbox.bitpay.account import Account
from sandbox.bitpay.errors import GENERIC, INVOICE, BitPayError, NotAdmitted, failed, missing, not_admitted, wrong
from sandbox.bitpay.gate import Gate
from sandbox.bitpay.invoices import Invoice
from sandbox.bitpay.ledger import balances_of
from sandbox.bitpay.payouts import Payouts, Recipient
from sandbox.control import Call
from sandbox.wire import read, written

MERCHANT, PAYOUT, POS = ("merchant",), ("payout",), ("merchant", "pos")
MANUALLY = (1012, "invoice_manuallyNotified")
DONE: dict[str, Any] = {"status": "success", "data": {}, "message": None}
WRONG_BY = 1

Body = Mapping[str, Any]
Work = Callable[[Call, Body], Any]
T = TypeVar("T")


class Api:
    def __init__(self, account: Account, payouts: Payouts, gate: Gate, base: str) -> None:
        self.account, self.payouts, self.gate, self.base = account, payouts, gate, base

    def routes(self) -> Sequence[BaseRoute]:
        invoice, refund, payout, recipient = "/invoices/{id}", "/refunds/{id}", "/payouts/{id}", "/recipients/{id}"
        table: list[tuple[str, str, str, tuple[str, ...] | None, Work]] = [
            ("POST", "/invoices", "invoice", POS, self.create_invoice),
            ("GET", "/invoices", "list", MERCHANT, self.list_invoices),
            ("GET", "/invoices/guid/{guid}", "status", POS, lambda call, _: self._shown(self._by_guid(call))),
            ("DELETE", "/invoices/guid/{guid}", "cancel", MERCHANT, lambda call, _: self._cancel(self._by_guid(call))),
            ("PUT", "/invoices/pay/{id}", "pay", MERCHANT, self.pay_invoice),
            ("GET", invoice, "status", POS, lambda call, _: self._shown(self._invoice(call))),
            ("PUT", invoice, "update", MERCHANT, self.update_invoice),
            ("DELETE", invoice, "cancel", MERCHANT, self.cancel_invoice),
            ("GET", invoice + "/events", "events", POS, self.events),
            ("POST", invoice + "/notifications", "notify", MERCHANT, self.notify_invoice),
            ("POST", "/refunds", "refund", MERCHANT, lambda _, body: {"data": self.account.refund(body).as_json()}),
            ("GET", "/refunds", "refund_status", MERCHANT, self.list_refunds),
            ("GET", "/refunds/guid/{guid}", "refund_status", MERCHANT, self.show_refund),
            ("PUT", "/refunds/guid/{guid}", "refund_update", MERCHANT, self.update_refund),
            ("DELETE", "/refunds/guid/{guid}", "refund_cancel", MERCHANT, self.cancel_refund),
            ("GET", refund, "refund_status", MERCHANT, self.show_refund),
            ("PUT", refund, "refund_update", MERCHANT, self.update_refund),
            ("DELETE", refund, "refund_cancel", MERCHANT, self.cancel_refund),
            ("POST", refund + "/notifications", "notify", MERCHANT, self.notify_refund),
            ("GET", "/rates", "rates", None, lambda *_: {"data": rates("BTC")}),
            ("GET", "/rates/{coin}", "rates", None, self.rates),
            ("GET", "/rates/{coin}/{currency}", "rates", None, self.rates),
            ("GET", "/currencies", "currencies", None, lambda *_: {"data": currencies()}),
            ("GET", "/supportedWallets", "wallets", None, lambda *_: {"data": []}),
            ("GET", "/ledgers", "ledger", MERCHANT, lambda *_: {"data": balances_of(self.account.ledger)}),
            ("GET", "/ledgers/{currency}", "ledger", MERCHANT, self.ledger_entries),
            ("GET", "/settlements", "settlement", MERCHANT, self.settlements),
            ("GET", "/settlements/{id}", "settlement", MERCHANT, self.settlement),
            ("GET", "/settlements/{id}/reconciliationReport", "settlement", (), self.report),
            ("POST", "/recipients", "recipient", PAYOUT, self.invite),
            ("GET", "/recipients", "recipient", PAYOUT, self.list_recipients),
            ("GET", recipient, "recipient", PAYOUT, lambda call, _: {"data": self._recipient(call).as_json()}),
            ("PUT", recipient, "recipient", PAYOUT, self.update_recipient),
            ("DELETE", recipient, "recipient", PAYOUT, self.remove_recipient),
            ("POST", recipient + "/notifications", "notify", PAYOUT, lambda call, _: self._recipient(call) and DONE),
            ("POST", "/payouts/group", "payout", PAYOUT, lambda _, body: {"data": self.payouts.submit_group(body)}),
            ("DELETE", "/payouts/group/{id}", "payout_cancel", PAYOUT, self.cancel_group),
            ("POST", "/payouts", "payout", PAYOUT, lambda _, body: {"data": self.payouts.submit(body).as_json()}),
            ("GET", "/payouts", "payout_status", PAYOUT, self.list_payouts),
            ("GET", payout, "payout_status", PAYOUT, lambda call, _: {"data": self._payout(call).as_json()}),
            ("DELETE", payout, "payout_cancel", PAYOUT, self.cancel_payout),
            ("POST", payout + "/notifications", "notify", PAYOUT, self.notify_payout),
        ]
        found: list[BaseRoute] = []
        for method, path, operation, facades, work in table:
            endpoint = self.account.desk.door(operation, self._door(work, facades))
            # BitPay's own client ends some addresses with a slash.
            found += [Route("/bitpay" + path + end, endpoint, methods=[method]) for end in ("", "/")]
        return found

    def _door(self, work: Work, facades: tuple[str, ...] | None) -> Any:
        """An answer for those with a token of these facades or of the resource itself; None lets everybody in."""

        async def answer(call: Call) -> Response:
            method = call.request.method
            self.account.do_what_is_due()
            try:
                body = self._body(call)
                if facades is not None:
                    token = str(body.get("token") or call.request.query_params.get("token", ""))
                    self.gate.admit(call, token, facades, self._resource_token(call))
                if call.declined_as:
                    return failed(call.declined_as, "Refused by order", 400)
                done = work(call, body)
            except NotAdmitted as refusal:
                return not_admitted(str(refusal))
            except BitPayError as refusal:
                return refusal.answer(method)
            if call.names_wrong_amount and isinstance(done.get("data"), dict):
                data = done["data"]
                done = {**done, "data": {**data, **{k: data[k] + WRONG_BY for k in ("price", "amount") if k in data}}}
            return Response(written(done), media_type="application/json")

        return answer

    def _body(self, call: Call) -> Body:
        if call.request.method not in ("POST", "PUT"):
            return {}
        try:
            body = read(call.raw)
        except ValueError as unread:
            raise BitPayError(GENERIC, "02", "Invalid params: the body is no JSON") from unread
        if not isinstance(body, dict):
            raise BitPayError(GENERIC, "02", "Invalid params: the body is no object")
        return body

    def _resource_token(self, call: Call) -> str:
        """The token of the one invoice, refund or settlement an address names; it opens that one alone."""
        named = str(call.request.path_params.get("id", ""))
        kept: Iterable[Mapping[str, Any]] = (
            self.account.invoices,
            self.account.refunds,
            self.account.ledger.settlements,
        )
        return next((str(one[named].token) for one in kept if named in one), "")

    def create_invoice(self, call: Call, body: Body) -> Any:
        base = self.base or f"{call.request.url.scheme}://{call.request.headers.get('host', '')}"
        return self._shown(self.account.create(body, base))

    def list_invoices(self, call: Call, _: Body) -> Any:
        asked = call.request.query_params
        start, end = a_day(asked.get("dateStart"), INVOICE), a_day(asked.get("dateEnd"), INVOICE, is_end=True)
        found = [
            invoice
            for invoice in reversed(self.account.invoices.values())
            if (start is None or start <= invoice.made_at)
            and (end is None or invoice.made_at < end)
            and asked.get("status", invoice.status) == invoice.status
            and asked.get("orderId", "") in ("", invoice.asked.get("orderId"))
        ]
        now = self.account.clock.now()
        return {"facade": "merchant/invoice", "data": [one.as_json(now) for one in paged(found, asked)]}

    def pay_invoice(self, call: Call, body: Body) -> Any:
        invoice = self._invoice(call)
        self.account.force(invoice, str(body.get("status", "")))
        return self._shown(invoice)

    def update_invoice(self, call: Call, body: Body) -> Any:
        invoice, email = self._invoice(call), body.get("buyerEmail")
        if not email:
            raise BitPayError(INVOICE, "03", "Missing params: buyerEmail")
        if invoice.buyer_email:
            raise BitPayError(INVOICE, "15", "Email already set on invoice")
        invoice.buyer_email = str(email)
        return self._shown(invoice)

    def cancel_invoice(self, call: Call, _: Body) -> Any:
        is_forced = call.request.query_params.get("forceCancel", "").lower() == "true"
        return self._cancel(self._invoice(call), is_forced=is_forced)

    def events(self, call: Call, _: Body) -> Any:
        invoice = self._invoice(call)
        names = {"events": ["payment", "confirmation"], "actions": ["subscribe", "unsubscribe"]}
        return {"facade": "merchant/invoice", "data": {"url": invoice.page, "token": invoice.token, **names}}

    def notify_invoice(self, call: Call, _: Body) -> Any:
        self.account.notify(self._invoice(call), MANUALLY)
        return {"data": "Success"}

    def list_refunds(self, call: Call, _: Body) -> Any:
        found = self.account.refunds_of(call.request.query_params.get("invoiceId", ""))
        return {"data": [refund.as_json() for refund in found]}

    def show_refund(self, call: Call, _: Body) -> Any:
        return {"data": self._refund(call).as_json()}

    def update_refund(self, call: Call, body: Body) -> Any:
        refund = self._refund(call)
        if body.get("status") not in ("created", "cancelled"):
            raise wrong("02", "status")
        self.account.move_refund(refund, str(body["status"]))
        return {"data": refund.as_json()}

    def cancel_refund(self, call: Call, _: Body) -> Any:
        refund = self._refund(call)
        self.account.move_refund(refund, "cancelled")
        return {"data": refund.as_json()}

    def notify_refund(self, call: Call, _: Body) -> Any:
        self.account.notify_refund(self._refund(call))
        return DONE

    def rates(self, call: Call, _: Body) -> Any:
        coin, currency = call.request.path_params["coin"].upper(), call.request.path_params.get("currency", "").upper()
        known = rates(coin) if coin in money.COINS else []
        if not currency and known:
            return {"data": known}
        if not (found := [one for one in known if one["code"] == currency]):
            raise missing(GENERIC)
        return {"data": found[0]}

    def ledger_entries(self, call: Call, _: Body) -> Any:
        asked, currency = call.request.query_params, call.request.path_params["currency"]
        start, end = a_day(asked.get("startDate"), GENERIC), a_day(asked.get("endDate"), GENERIC, is_end=True)
        return {"data": [line.as_entry() for line in self.account.ledger.between(currency, start, end)]}

    def settlements(self, call: Call, _: Body) -> Any:
        asked = call.request.query_params
        start, end = a_day(asked.get("startDate"), GENERIC), a_day(asked.get("endDate"), GENERIC, is_end=True)
        found = [
            one
            for one in reversed(self.account.ledger.settlements.values())
            if (start is None or start <= one.closed_at)
            and (end is None or one.closed_at < end)
            and asked.get("currency", one.currency) == one.currency
            and asked.get("status", one.status) == one.status
        ]
        return {"data": [one.as_json(with_lines=False) for one in paged(found, asked)]}

    def settlement(self, call: Call, _: Body) -> Any:
        return {"data": self._settlement(call).as_json(with_lines=False)}

    def report(self, call: Call, _: Body) -> Any:
        return {"data": self._settlement(call).as_json(with_lines=True)}

    def invite(self, _: Call, body: Body) -> Any:
        return {"data": [one.as_json() for one in self.payouts.invite(body)]}

    def list_recipients(self, call: Call, _: Body) -> Any:
        asked = call.request.query_params
        found = [one for one in self.payouts.recipients.values() if asked.get("status", one.status) == one.status]
        return {"data": [one.as_json() for one in paged(found, asked)]}

    def update_recipient(self, call: Call, body: Body) -> Any:
        recipient = self._recipient(call)
        recipient.label = str(body.get("label") or recipient.label)
        return {"data": recipient.as_json()}

    def remove_recipient(self, call: Call, _: Body) -> Any:
        self._recipient(call).status = "removed"
        return DONE

    def list_payouts(self, call: Call, _: Body) -> Any:
        asked = call.request.query_params
        start, end = a_day(asked.get("startDate"), "03"), a_day(asked.get("endDate"), "03", is_end=True)
        found = [
            one
            for one in reversed(self.payouts.payouts.values())
            if (start is None or start <= one.made_at)
            and (end is None or one.made_at < end)
            and asked.get("status", one.status) == one.status
            and asked.get("reference", "") in ("", one.asked.get("reference"))
        ]
        return {"data": [one.as_json() for one in paged(found, asked)]}

    def cancel_payout(self, call: Call, _: Body) -> Any:
        self.payouts.move(self._payout(call), "cancelled")
        return DONE

    def cancel_group(self, call: Call, _: Body) -> Any:
        return {"data": self.payouts.cancel_group(call.request.path_params["id"])}

    def notify_payout(self, call: Call, _: Body) -> Any:
        self.payouts.notify(self._payout(call))
        return DONE

    def _shown(self, invoice: Invoice) -> Any:
        return {"facade": "merchant/invoice", "data": invoice.as_json(self.account.clock.now())}

    def _cancel(self, invoice: Invoice, *, is_forced: bool = True) -> Any:
        self.account.cancel(invoice, is_forced=is_forced)
        return self._shown(invoice)

    def _invoice(self, call: Call) -> Invoice:
        return self.account.invoice(call.request.path_params["id"])

    def _by_guid(self, call: Call) -> Invoice:
        return self.account.invoice_of_guid(call.request.path_params["guid"])

    def _refund(self, call: Call) -> Any:
        named = call.request.path_params
        return self.account.refund_of_guid(named["guid"]) if "guid" in named else self.account.refund_named(named["id"])

    def _settlement(self, call: Call) -> Any:
        found = self.account.ledger.settlements.get(call.request.path_params["id"])
        if found is None:
            raise missing(GENERIC)
        return found

    def _payout(self, call: Call) -> Any:
        return self.payouts.payout(call.request.path_params["id"])

    def _recipient(self, call: Call) -> Recipient:
        return self.payouts.recipient(call.request.path_params["id"])


def rates(coin: str) -> list[dict[str, Any]]:
    own = {"code": coin, "name": coin, "rate": 1}
    names = {name: title for name, (title, _) in money.FIAT.items()}
    others = [
        {"code": code, "name": names.get(code, code), "rate": rate} for code, rate in money.rates_of(coin).items()
    ]
    return [own, *others]


def currencies() -> list[dict[str, Any]]:
    coins = [
        {"code": coin, "precision": decimals, "decimals": decimals, "symbol": coin, "name": coin, "plural": coin}
        for coin, (decimals, _, _) in money.COINS.items()
    ]
    fiat = [
        {"code": code, "precision": 2, "decimals": 2, "symbol": code, "name": name, "plural": name + "s"}
        for code, (name, _) in money.FIAT.items()
    ]
    return [{**one, "alts": str(one["code"]).lower(), "minimum": 0.01, "sanctioned": False} for one in (*coins, *fiat)]


def a_day(text: str | None, resource: str, *, is_end: bool = False) -> datetime | None:
    """A date or a moment of a query; a date as an end takes its whole day in."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as unread:
        raise wrong(resource, "date") from unread
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return found.replace(hour=23, minute=59, second=59, microsecond=999_999) if is_end and len(text) == 10 else found


def paged(found: Sequence[T], asked: Mapping[str, str]) -> Sequence[T]:
    def whole(name: str, otherwise: int) -> int:
        text = asked.get(name, "")
        return int(text) if text.isdecimal() and len(text) < 9 else otherwise

    offset = whole("offset", 0)
    return found[offset : offset + min(whole("limit", 100), 1_000)]
