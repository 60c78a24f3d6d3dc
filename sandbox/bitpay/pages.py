"""BitPay as a person sees it: the fan who pays an invoice, and whoever drives the sandbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_DOWN, Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl, urlparse

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.bitpay.account import EVENTS, Account
from sandbox.bitpay.earlier import remember
from sandbox.bitpay.errors import BitPayError
from sandbox.bitpay.invoices import Invoice, iso
from sandbox.bitpay.ledger import SPOILS, balances_of
from sandbox.bitpay.money import COINS, FIAT, display
from sandbox.bitpay.payouts import RECIPIENT_STATES, Payouts
from sandbox.control.api import told
from sandbox.control.pages import button, fault_button, letters, waiting
from sandbox.html import Html, el, page
from sandbox.wire import written

HERE = "/_sandbox/bitpay/"
SHOWN = 30
HOW = ("exact", "partial", "over", "late")
# What the fan's payment turns into when the price ends in these cents and nothing else was ordered.
CENTS = {61: "partial", 62: "over", 63: "late", 64: "invalid", 65: "declined"}
STATUSES = {"confirm": "confirmed", "complete": "complete", "expire": "expired", "invalidate": "invalid"}
STATUSES |= {"decline": "declined"}
TROUBLES = (
    ("Refuse the next invoice", "invoice", "decline:010118"),
    ("Lose the next invoice's answer", "invoice", "close_after"),
    ("Hang up before the next invoice", "invoice", "close_before"),
    ("Misstate the next status", "status", "wrong_amount"),
    ("Throttle the next status", "status", "throttle"),
    ("Lose the next refund's answer", "refund", "close_after"),
)
Said = Mapping[str, Any]


class Pages:
    def __init__(self, account: Account, payouts: Payouts) -> None:
        self.account, self.payouts = account, payouts

    def routes(self) -> Sequence[BaseRoute]:
        def order(name: str, do: Callable[[Said], Any]) -> Route:
            async def ordered(request: Request) -> Response:
                self.account.do_what_is_due()
                return await told(request, lambda said: _obeyed(do, said))

            return Route(HERE + name, ordered, methods=["POST"])

        return [
            Route("/bitpay/invoice", self.hosted),
            Route("/bitpay/invoice/pay", self.fan_pays, methods=["POST"]),
            Route(HERE, self.overview),
            Route(HERE + "book.json", self.book),
            order("invoices", self.drive_invoice),
            order("refunds", self.drive_refund),
            order("payouts", self.drive_payout),
            order("recipients", self.drive_recipient),
            order("settlements", self.settle),
            order("settings", self.change),
            order("earlier", lambda said: remember(self.account, said)),
        ]

    async def hosted(self, request: Request) -> Response:
        self.account.do_what_is_due()
        return HTMLResponse(page("Invoice", *_hosted(self._shown(request.query_params.get("id", "")))))

    async def fan_pays(self, request: Request) -> Response:
        self.account.do_what_is_due()
        said = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        invoice = self._shown(said.get("invoice", ""))
        try:
            self.pay(invoice, said)
        except ValueError as refusal:
            body = (el("h1", "Not paid"), el("p", str(refusal)), el("p", el("a", "Back", href=_path(invoice))))
            return HTMLResponse(page("Not paid", *body), status_code=409)
        return RedirectResponse(_path(invoice), 303)

    async def overview(self, _: Request) -> Response:
        self.account.do_what_is_due()
        desk, account = self.account.desk, self.account
        latest = list(account.invoices.values())[: -SHOWN - 1 : -1]
        sent = [one for one in desk.outbox.courier.letters.values() if one.provider == desk.provider]
        pays = [el("li", f"price ends in .{cents}: {what}") for cents, what in CENTS.items()]
        settles = [
            button(f"Settle {one['currency']} {one['balance']}", HERE + "settlements", HERE, currency=one["currency"])
            for one in balances_of(account.ledger)
        ]
        body = (
            el("h1", "BitPay"),
            el("h2", "Troubles"),
            el("div", *(fault_button(*one, desk=desk, back=HERE) for one in TROUBLES), class_="acts"),
            waiting(desk.faults.waiting(desk.provider)),
            el("h2", "Invoices"),
            el("ul", *(self._line(one) for one in latest), class_="list") if latest else el("p", "None yet."),
            el("h2", "Ledgers"),
            el("div", *settles, class_="acts") if settles else el("p", "Nothing was credited yet.", class_="muted"),
            el("h2", "Cents that decide"),
            el("ul", *pays, class_="list"),
            el("h2", "Notices"),
            letters(sent[: -SHOWN - 1 : -1], HERE),
        )
        return HTMLResponse(page("BitPay", *body))

    async def book(self, request: Request) -> Response:
        """What truly happened, newest first; `reference` is an invoice's id, guid or order."""
        self.account.do_what_is_due()
        wanted = request.query_params.get("reference", "")
        limit = request.query_params.get("limit", "1000")
        if not limit.isdecimal() or not 1 <= int(limit[:9]) <= 50_000:
            return JSONResponse({"error": "limit is a whole number from 1 to 50000"}, status_code=400)
        found = [
            one
            for one in reversed(self.account.invoices.values())
            if wanted in ("", one.id, one.guid, one.asked.get("orderId"))
        ][: int(limit)]
        refunds = [refund for invoice in found for refund in self.account.refunds_of(invoice.id)]
        book = {
            "invoices": [_booked(one) for one in found],
            "refunds": [{**one.as_json(), "is_taken": one.is_taken} for one in refunds],
            "payouts": [one.as_json() for one in reversed(self.payouts.payouts.values())][: int(limit)],
            "settlements": [one.as_json(with_lines=False) for one in self.account.ledger.settlements.values()],
            "ledgers": balances_of(self.account.ledger),
        }
        return Response(written(book), media_type="application/json")

    def drive_invoice(self, said: Said) -> Any:
        invoice, do = self.account.invoice(str(said.get("invoice", ""))), said.get("do")
        if do == "pay":
            self.pay(invoice, said)
        elif do == "lie":
            status = str(said.get("status", "complete"))
            self.account.notify(invoice, EVENTS.get(status, EVENTS["complete"]), lie=status)
        elif do in STATUSES:
            self.account.move(invoice, STATUSES[str(do)])
        else:
            raise ValueError(f"do is pay, lie, {', '.join(STATUSES)}")
        return _plain(_booked(invoice))

    def pay(self, invoice: Invoice, said: Said) -> None:
        """Pay as the fan does: exactly, too little, too much, too late, or as the cents of the price decide."""
        coin = str(said.get("coin") or invoice.coin or invoice.coins[0])
        if coin not in COINS:
            raise ValueError(f"coin is one of {', '.join(COINS)}")
        due = max(invoice.due(coin) - invoice.paid_units, 0)
        how = str(said.get("how") or "")
        decided = CENTS.get(int(invoice.price * 100 % 100)) if not how and not said.get("amount") else None
        how = how or (decided if decided in HOW else "exact")
        if how not in HOW:
            raise ValueError(f"how is one of {', '.join(HOW)}")
        if how == "late" and invoice.status == "new":
            self.account.move(invoice, "expired")
        units = {"partial": due * 4 // 5, "over": due * 6 // 5}.get(how, due)
        self.account.receive(invoice, coin, _units(coin, said["amount"]) if said.get("amount") else units)
        if decided in ("invalid", "declined") and invoice.status in ("paid", "confirmed"):
            self.account.move(invoice, "declined" if decided == "declined" and invoice.status == "paid" else "invalid")

    def drive_refund(self, said: Said) -> Any:
        refund = self.account.refund_named(str(said.get("refund", "")))
        self.account.move_refund(refund, str(said.get("do", "")))
        return _plain(refund.as_json())

    def drive_payout(self, said: Said) -> Any:
        payout = self.payouts.payout(str(said.get("payout", "")))
        self.payouts.move(payout, str(said.get("do", "")))
        return _plain(payout.as_json())

    def drive_recipient(self, said: Said) -> Any:
        recipient, status = self.payouts.recipient(str(said.get("recipient", ""))), said.get("do")
        if status not in RECIPIENT_STATES:
            raise ValueError(f"do is one of {', '.join(RECIPIENT_STATES)}")
        recipient.status = str(status)
        return recipient.as_json()

    def settle(self, said: Said) -> Any:
        ledger = self.account.ledger
        if named := said.get("complete"):
            if str(named) not in ledger.settlements:
                raise ValueError("complete names a settlement")
            ledger.complete(ledger.settlements[str(named)])
            return _plain(ledger.settlements[str(named)].as_json(with_lines=False))
        currency, spoil = str(said.get("currency", "USD")), str(said.get("spoil", ""))
        if currency not in FIAT or spoil not in ("", *SPOILS):
            raise ValueError(f"currency is one of {', '.join(FIAT)}, spoil one of {', '.join(SPOILS)}")
        withheld = _decimal(said.get("withhold", "0"))
        return _plain(ledger.settle(currency, withheld, spoil).as_json(with_lines=True))

    def change(self, said: Said) -> Any:
        pace = float(_decimal(said.get("pace_seconds", "0")))
        if not 0 <= pace <= 86_400:
            raise ValueError("pace_seconds is a number from 0 to 86400")
        self.account.pace_seconds = pace
        return {"pace_seconds": pace}

    def _shown(self, invoice_id: str) -> Invoice:
        if found := self.account.invoices.get(invoice_id):
            return found
        raise HTTPException(404, "There is no such invoice.")

    def _line(self, invoice: Invoice) -> Html:
        acts = [
            button(label, HERE + "invoices", HERE, invoice=invoice.id, do=do, **more)
            for label, do, more in _acts(invoice.status)
        ]
        refunds = [
            button(f"{do.title()} refund of {one.amount}", HERE + "refunds", HERE, refund=one.id, do=do)
            for one in self.account.refunds_of(invoice.id)
            for do in {"created": ("pending", "failure"), "pending": ("success", "failure")}.get(one.status, ())
        ]
        told = f"{invoice.status}{f', {invoice.exception}' if invoice.exception else ''} · {invoice.id}"
        title = f"{invoice.price} {invoice.currency} {invoice.asked.get('orderId', '')}"
        return el(
            "li",
            el("a", title, href=_path(invoice)),
            el("p", told, class_="muted"),
            el("div", *acts, *refunds, class_="acts"),
        )


def _obeyed(do: Callable[[Said], Any], said: Said) -> Any:
    try:
        return do(said)
    except BitPayError as refusal:
        raise ValueError(refusal.message) from refusal


def _acts(status: str) -> Sequence[tuple[str, str, dict[str, str]]]:
    if status == "new":
        return [("Pay", "pay", {}), *((f"Pay {how}", "pay", {"how": how}) for how in HOW[1:]), ("Expire", "expire", {})]
    if status == "expired":
        return [("Pay late", "pay", {"how": "late"})]
    if status == "paid":
        return [("Confirm", "confirm", {}), ("Complete", "complete", {}), ("Fail to confirm", "invalidate", {})]
    if status == "confirmed":
        return [("Complete", "complete", {}), ("Fail to confirm", "invalidate", {})]
    return [("Lie that it is complete", "lie", {})] if status != "complete" else []


def _hosted(invoice: Invoice) -> Sequence[Html]:
    due = {coin: max(invoice.due(coin) - invoice.paid_units, 0) for coin in _payable(invoice)}
    coins = [el("option", f"{coin} {display(coin, units)}", value=coin) for coin, units in due.items()]
    hows = [el("option", how, value="" if how == "exact" else how) for how in HOW]
    form = el(
        "form",
        el("input", type="hidden", name="invoice", value=invoice.id),
        el("label", "Coin", el("select", *coins, name="coin")),
        el("label", "How (only here)", el("select", *hows, name="how")),
        el("button", "Pay", type="submit"),
        action="/bitpay/invoice/pay",
        method="post",
    )
    said = f"{invoice.status}{f', {invoice.exception}' if invoice.exception else ''}"
    back = str(invoice.asked.get("redirectURL") or "")
    facts = (
        el("h1", f"{invoice.price} {invoice.currency}"),
        el("p", str(invoice.asked.get("itemDesc") or invoice.asked.get("orderId") or "")),
        el("p", "This invoice is ", el("strong", said), f". It can be paid until {invoice.expires_at:%H:%M:%S} UTC."),
    )
    is_open = invoice.status in ("new", "expired") and not invoice.is_cancelled
    link = [el("p", el("a", "Return to the shop", href=back))] if urlparse(back).scheme in ("http", "https") else []
    return [*facts, *([form] if is_open else []), *link]


def _payable(invoice: Invoice) -> Sequence[str]:
    return [invoice.coin] if invoice.coin else invoice.coins


def _booked(invoice: Invoice) -> dict[str, Any]:
    return {
        "id": invoice.id,
        "guid": invoice.guid,
        "order_id": invoice.asked.get("orderId", ""),
        "price": f"{invoice.price}",
        "currency": invoice.currency,
        "status": invoice.status,
        "exception": invoice.exception or "",
        "coin": invoice.coin,
        "paid_units": str(invoice.paid_units),
        "made_at": iso(invoice.made_at),
        "history": [[iso(at), status] for at, status in invoice.history],
    }


def _path(invoice: Invoice) -> str:
    return f"/bitpay/invoice?id={invoice.id}"


def _units(coin: str, amount: Any) -> int:
    decimals = COINS[coin][0]
    return int(_decimal(amount).scaleb(decimals).to_integral_value(ROUND_DOWN))


def _decimal(value: Any) -> Decimal:
    try:
        found = Decimal(str(value))
    except InvalidOperation as unread:
        raise ValueError("an amount is a decimal number") from unread
    if not found.is_finite() or not 0 <= found < 10**12:
        raise ValueError("an amount lies between 0 and a trillion")
    return found


def _plain(value: Any) -> Any:
    """The same with decimals as text, as the control answers."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, Decimal) else value
