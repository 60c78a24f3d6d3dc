"""The hosted form: the fan types the card here, and goes back to the merchant's page."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import QueryParams
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.ccbill.book import FOREVER, Shelf
from sandbox.ccbill.browser import origin_of, page_policy
from sandbox.ccbill.company import Company, Order
from sandbox.ccbill.outcomes import SOFT, BadCard, card_of, text_of
from sandbox.ccbill.values import CURRENCIES, code_text, currency_of, price_of
from sandbox.control import Call
from sandbox.html import Html, el, page

OWN = frozenset(
    {
        "clientAccnum", "clientSubacc", "initialPrice", "initialPeriod", "currencyCode", "recurringPrice",
        "recurringPeriod", "numRebills", "formDigest", "returnUrl", "checkout",
    }
)  # fmt: skip
SOFT_DECLINES = 3
FIELDS = (
    ("nameOnCard", "Name on card", "cc-name", "Sam Fan"),
    ("cardNum", "Card number", "cc-number", ""),
    ("expMonth", "Month", "cc-exp-month", "12"),
    ("expYear", "Year", "cc-exp-year", ""),
    ("cvv2", "CVV2", "cc-csc", ""),
    ("email", "Email", "email", "fan@people.example"),
    ("zipcode", "Postal code", "postal-code", "85281"),
    ("country", "Country", "country", "US"),
)


@dataclass
class Checkout:
    """One visit to the form."""

    id: str
    order: Order
    return_url: str
    declined: int = 0
    ended: str = ""


class FlexForms:
    """The forms of one merchant."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.checkouts: Shelf[Checkout] = Shelf()

    def routes(self) -> Sequence[BaseRoute]:
        path, door = "/ccbill/wap-frontflex/flexforms/{form}", self.company.desk.door
        return [
            Route(path, door("form", self.show), methods=["GET"]),
            Route(path, door("form", self.pay), methods=["POST"]),
        ]

    async def show(self, call: Call) -> Response:
        try:
            order = self._order(call.request.path_params["form"], call.request.query_params)
        except ValueError as wrong:
            return _refusal(str(wrong))
        checkout = Checkout(secrets.token_hex(16), order, call.request.query_params.get("returnUrl", ""))
        self.checkouts.put(checkout.id, checkout)
        return self._form(call, checkout, {}, "")

    async def pay(self, call: Call) -> Response:
        given = dict(parse_qsl(call.raw.decode("utf-8", "replace")))
        checkout = self.checkouts.get(given.get("checkout", ""))
        if checkout is None:
            return _refusal("This visit is over. Go back to where you came from and begin again.")
        if checkout.ended:
            return _back(checkout)
        try:
            card = card_of(given, self.company.account.salt, self.company.now())
        except BadCard as wrong:
            return self._form(call, checkout, given, f"{wrong.message}.")
        names = given.get("nameOnCard", "").rpartition(" ")
        customer = {"customerFname": names[0], "customerLname": names[2], "flexId": call.request.path_params["form"]}
        customer |= {name: given.get(name, "")[:200] for name in ("email", "zipcode", "country")}
        ordered = call.declined_as
        sale = self.company.charge(
            checkout.order,
            self.company.keep_card(card, customer, uses=FOREVER),
            kind="NewSale",
            threeds="Y" if card.behaviour.needs_threeds else "",
            ordered_decline=int(ordered) if ordered.isdigit() else 24 if ordered else 0,
            names_wrong_amount=call.names_wrong_amount,
        )
        if sale.is_approved:
            checkout.ended = "CheckoutSuccess"
            return _back(checkout)
        checkout.declined += 1
        if sale.decline not in SOFT or checkout.declined >= SOFT_DECLINES:
            checkout.ended = "CheckoutFail"
            return _back(checkout)
        return self._form(call, checkout, given, f"{text_of(sale.decline)}. Try again or use another card.")

    def _order(self, form: str, query: QueryParams) -> Order:
        """What the link asks for; raises ValueError when it is not the merchant's own link."""
        merchant = self.company.merchant
        if form != merchant["flexform_id"]:
            raise ValueError("There is no such form.")
        ours = (self.company.account.number, self.company.account.subaccount)
        if (query.get("clientAccnum"), query.get("clientSubacc", "").zfill(4)) != ours:
            raise ValueError("The account is not the form's.")
        if query.get("returnUrl") and not origin_of(query["returnUrl"]):
            raise ValueError("The form only goes back to a page on this machine.")
        if not hmac.compare_digest(query.get("formDigest", "").encode(), self._digest(query).encode()):
            raise ValueError("The digest of this link does not fit its price.")
        return Order(
            price=price_of(query.get("initialPrice", "")),
            currency=currency_of(query.get("currencyCode", "")),
            initial_period=_days(query.get("initialPeriod", "0")),
            recurring_price=price_of(query.get("recurringPrice", "0")),
            recurring_period=_days(query.get("recurringPeriod", "0")),
            rebills=_days(query.get("numRebills", "0")),
            named={name: value[:500] for name, value in query.items() if name not in OWN},
        )

    def _digest(self, query: Mapping[str, str]) -> str:
        names = ["initialPrice", "initialPeriod"]
        if "recurringPrice" in query:
            names += ["recurringPrice", "recurringPeriod", "numRebills"]
        said = "".join(query.get(name, "") for name in (*names, "currencyCode")) + self.company.account.salt
        return hashlib.md5(said.encode()).hexdigest()  # noqa: S324 - the provider's own digest

    def _form(self, call: Call, checkout: Checkout, given: Mapping[str, str], wrong: str) -> Response:
        """The form with what was typed, except the card's numbers."""
        order, next_year = checkout.order, str(self.company.now().year + 2)
        fields = [
            el(
                "label",
                label,
                el("input", name=name, autocomplete=known, value=_shown(name, given, usual or next_year)),
            )
            if name not in ("cardNum", "cvv2")
            else el("label", label, el("input", name=name, autocomplete=known, inputmode="numeric"))
            for name, label, known, usual in FIELDS
        ]
        body = [
            el("h1", f"Pay {order.price} {CURRENCIES[order.currency][0]}"),
            el("p", _what_follows(order), class_="muted"),
            *([el("p", wrong, role="alert", class_="empty")] if wrong else []),
            el(
                "form",
                el("input", type="hidden", name="checkout", value=checkout.id),
                *fields,
                el("button", "Pay", type="submit"),
                method="post",
                action=call.request.url.path,
            ),
            el("p", "No real card is charged here. ", el("a", "Test cards", href="/_sandbox/ccbill/"), class_="muted"),
        ]
        policy = page_policy(talks_to=origin_of(checkout.return_url))
        return HTMLResponse(page("CCBill", *body), headers=policy)


def _shown(name: str, given: Mapping[str, str], usual: str) -> str:
    return given.get(name, usual)


def _what_follows(order: Order) -> str:
    currency = f"{CURRENCIES[order.currency][0]} ({code_text(order.currency)})"
    if not order.recurring_period:
        return f"Once, in {currency}."
    times = "until cancelled" if order.rebills == 99 else f"{order.rebills} times"
    return f"Then {order.recurring_price} every {order.recurring_period} days, {times}, in {currency}."


def _days(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 4:
        raise ValueError("A period is a number of days.")
    return int(text)


def _refusal(why: str) -> Response:
    return HTMLResponse(page("CCBill", el("h1", "This form cannot be used"), el("p", why)), status_code=400)


def _back(checkout: Checkout) -> Response:
    said = {"mppResponse": checkout.ended, **(checkout.order.named or {})}
    if not checkout.return_url:
        paid: Html = el("h1", "Paid" if checkout.ended == "CheckoutSuccess" else "Not paid")
        return HTMLResponse(page("CCBill", paid, el("p", "You may close this page.")))
    joint = "&" if urlsplit(checkout.return_url).query else "?"
    return RedirectResponse(f"{checkout.return_url}{joint}{urlencode(said)}", status_code=303)
