"""CCBill as a person sees it, with a button for every trouble, and its book for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.ccbill.book import KEPT, Sale
from sandbox.ccbill.company import Company, Refused
from sandbox.ccbill.earlier import remember
from sandbox.ccbill.outcomes import CARDS, CENTS, THROTTLING_CENTS, text_of
from sandbox.ccbill.values import CURRENCIES, price_of
from sandbox.control.api import told
from sandbox.control.pages import button, fault_button, letters, waiting
from sandbox.html import Html, el, page

HERE = "/_sandbox/ccbill/"
SHOWN = 50
TROUBLES = (
    ("Decline the next charge", "charge", "decline:24"),
    ("Lose the next charge's answer", "charge", "close_after"),
    ("Hang up before the next charge", "charge", "close_before"),
    ("Throttle the next charge", "charge", "throttle"),
    ("Answer the next charge 5 seconds late", "charge", "slow:5"),
    ("Lose the next refund's answer", "refund", "close_after"),
    ("Fail the next rebill", "rebill", "decline:31"),
)


def routes(company: Company, settings: dict[str, Any]) -> Sequence[BaseRoute]:
    """The page, the book, and what may be done to a sale from CCBill's side."""

    async def overview(_: Request) -> Response:
        return HTMLResponse(page("CCBill", *_overview(company)))

    async def book(request: Request) -> Response:
        limit, reference = request.query_params.get("limit", "1000"), request.query_params.get("reference", "")
        if not limit.isascii() or not limit.isdigit() or not 1 <= int(limit[:9]) <= KEPT:
            return JSONResponse({"error": f"limit is a whole number from 1 to {KEPT}"}, status_code=400)
        return JSONResponse(_book(company, int(limit), reference))

    async def act(request: Request) -> Response:
        return await told(request, lambda said: _act(company, said))

    async def change(request: Request) -> Response:
        return await told(request, lambda said: _change(company, settings, said))

    async def earlier(request: Request) -> Response:
        return await told(request, lambda said: remember(company, said))

    return [
        Route(HERE, overview),
        Route("/_sandbox/ccbill/book.json", book),
        Route("/_sandbox/ccbill/sales", act, methods=["POST"]),
        Route("/_sandbox/ccbill/settings", change, methods=["POST"]),
        Route("/_sandbox/ccbill/earlier", earlier, methods=["POST"]),
    ]


def _act(company: Company, said: Mapping[str, Any]) -> Any:
    """Do something to a sale as the card holder, the bank or CCBill's support would."""
    sale = company.book.sale_named(str(said.get("transaction", "")))
    if sale is None:
        raise ValueError("transaction is the number of a sale or of its subscription")
    amount = price_of(str(said["amount"])) if said.get("amount") else None
    try:
        match said.get("do"):
            case "chargeback":
                company.charge_back(sale)
            case "refund":
                company.refund(sale, amount, by="Refunded by CCBill support")
            case "void":
                company.void(sale)
            case "return":
                company.return_debit(sale)
            case "cancel":
                company.cancel(_subscription(company, sale), source="CCBill support")
            case _:
                raise ValueError("do is chargeback, refund, void, return or cancel")
    except Refused as refusal:
        raise ValueError(f"this cannot be done with that sale ({refusal.code})") from refusal
    return sale.as_json()


def _subscription(company: Company, sale: Sale) -> Any:
    if found := company.book.subscriptions.get(sale.subscription_id):
        return found
    raise ValueError("this sale has no subscription")


def _change(company: Company, settings: dict[str, Any], said: Mapping[str, Any]) -> Any:
    for name in set(said) - {"back"}:
        if name == "webhook_format" and said[name] in ("json", "form"):
            company.account.webhook_format = str(said[name])
        elif name in settings and str(said[name]).isdecimal() and int(said[name]) <= 1_000_000:
            settings[name] = int(said[name])
        else:
            raise ValueError(f"webhook_format is json or form; {' and '.join(settings)} are whole numbers")
    return {**settings, "webhook_format": company.account.webhook_format}


def _book(company: Company, limit: int, reference: str) -> dict[str, Any]:
    """What really happened; `reference` picks the sales that passed this value through."""
    sales = company.book.sales.all()
    chosen = [sale for sale in sales if not reference or reference in sale.named.values()]
    approved = [sale for sale in chosen if sale.is_approved]
    refunds = [(sale, refund) for sale in approved for refund in sale.refunds]
    subscriptions = {sale.subscription_id for sale in approved}
    return {
        "totals": {
            "charges": len(chosen),
            "approved": len(approved),
            "taken": _by_currency([(sale.currency, sale.amount) for sale in approved if not sale.voided_at]),
            "refunded": _by_currency([(sale.currency, refund.amount) for sale, refund in refunds]),
            "charged_back": _by_currency([(sale.currency, sale.amount) for sale in approved if sale.charged_back_at]),
        },
        "charges": [sale.as_json() for sale in chosen[: -limit - 1 : -1]],
        "refunds": [
            {
                "id": refund.id,
                "transaction_id": sale.id,
                "subscription_id": sale.subscription_id,
                "amount": str(refund.amount),
                "currency": sale.currency,
                "at": refund.at.isoformat(),
            }
            for sale, refund in refunds[: -limit - 1 : -1]
        ],
        "chargebacks": [
            {
                "transaction_id": sale.id,
                "subscription_id": sale.subscription_id,
                "amount": str(sale.amount),
                "currency": sale.currency,
                "at": sale.charged_back_at.isoformat(),
            }
            for sale in approved[: -limit - 1 : -1]
            if sale.charged_back_at
        ],
        "subscriptions": [
            subscription.as_json()
            for subscription in company.book.subscriptions.newest(limit)
            if not reference or subscription.id in subscriptions
        ],
    }


def _by_currency(amounts: Sequence[tuple[int, Decimal]]) -> dict[str, str]:
    sums: dict[str, Decimal] = {}
    for currency, amount in amounts:
        name = CURRENCIES[currency][0]
        sums[name] = sums.get(name, Decimal()) + amount
    return {name: str(total) for name, total in sums.items()}


def _overview(company: Company) -> list[Html]:
    desk = company.desk
    sales = company.book.sales.newest(SHOWN)
    sent = [letter for letter in reversed(desk.outbox.courier.letters.values()) if letter.provider == desk.provider]
    return [
        el("h1", "CCBill"),
        el("p", f"Account {company.account.number}, subaccount {company.account.subaccount}.", class_="muted"),
        el("div", *(fault_button(*trouble, desk=desk, back=HERE) for trouble in TROUBLES), class_="acts"),
        el("h2", "Ordered"),
        waiting(desk.faults.waiting(desk.provider)),
        el("h2", "Charges"),
        el("ul", *(_sale(sale) for sale in sales), class_="list") if sales else el("p", "No card was charged yet."),
        el("h2", "Webhooks"),
        letters(sent[:SHOWN], HERE),
        el("h2", "Test cards"),
        _table(("Card", "What happens"), [(_spaced(number), card.about) for number, card in CARDS.items()]),
        el("p", "A CVV2 above 300 approves a card of this table that is refused otherwise.", class_="muted"),
        el("h2", "Cents of the price"),
        _table(("Price", "What happens"), _cents_rows()),
    ]


def _cents_rows() -> list[tuple[str, str]]:
    declines = [(f"x.{cents:02d}", f"{code}, {text_of(code)}") for cents, code in CENTS.items()]
    return declines + [(f"x.{cents:02d}", f"HTTP 500, error {code}") for cents, code in THROTTLING_CENTS.items()]


def _sale(sale: Sale) -> Html:
    said = [
        f"{sale.at:%H:%M:%S}",
        f"card {sale.card.last4}",
        *(f"{name} {value}" for name, value in sale.named.items()),
    ]
    if sale.refunds:
        said.append(f"refunded {sale.refunded}")
    said += [word for word, at in (("voided", sale.voided_at), ("charged back", sale.charged_back_at)) if at]
    verdict = "approved" if sale.is_approved else f"{sale.decline}, {text_of(sale.decline)}"
    title = f"{sale.amount} {CURRENCIES[sale.currency][0]} · {sale.kind} · {verdict}"
    acts = [("Charge back", "chargeback")] if sale.is_approved and not (sale.charged_back_at or sale.voided_at) else []
    acts += [("Refund from their side", "refund")] if sale.left else []
    buttons = [button(label, "/_sandbox/ccbill/sales", HERE, transaction=sale.id, do=do) for label, do in acts]
    return el(
        "li",
        el("strong", title),
        el("p", f"{sale.id} · subscription {sale.subscription_id or 'none'}", class_="muted"),
        el("p", " · ".join(said), class_="muted"),
        el("div", *buttons, class_="acts"),
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Html:
    head = el("tr", *(el("th", text, scope="col") for text in heads))
    return el("table", el("thead", head), el("tbody", *(el("tr", *(el("td", cell) for cell in row)) for row in rows)))


def _spaced(number: str) -> str:
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))
