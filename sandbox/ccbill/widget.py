"""The hosted card field: a page the merchant's own page shows in a frame; it hands over a token, never a number."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.ccbill.browser import origin_of, page_policy
from sandbox.ccbill.company import Company
from sandbox.ccbill.outcomes import BadCard, card_of
from sandbox.control import Call
from sandbox.html import el, page

FIELDS = (
    ("cardNum", "Card number", "cc-number"),
    ("expMonth", "Month", "cc-exp-month"),
    ("expYear", "Year", "cc-exp-year"),
    ("cvv2", "CVV2", "cc-csc"),
)


class Widget:
    """Mints single-use tokens for cards typed in a browser."""

    def __init__(self, company: Company) -> None:
        self.company = company

    def routes(self) -> Sequence[BaseRoute]:
        mint = self.company.desk.door("widget", self.mint)
        return [
            Route("/ccbill/widget", self.field),
            Route("/ccbill/widget/tokens", mint, methods=["POST"]),
            Route("/ccbill/widget/tokens", self.preflight, methods=["OPTIONS"]),
        ]

    async def field(self, request: Request) -> Response:
        """The field; `origin` is the page that frames it and gets the token by `postMessage`."""
        origin = origin_of(request.query_params.get("origin", ""))
        inputs = [
            el("label", label, el("input", name=name, autocomplete=known, inputmode="numeric", required="required"))
            for name, label, known in FIELDS
        ]
        form = el("form", *inputs, el("button", "Use this card", type="submit"), id="card", **{"data-origin": origin})
        told = el("p", role="status", id="told")
        script = el("script", src="/_sandbox/static/ccbill-widget.js")
        headers = page_policy(framed_by=origin, script=True)
        return HTMLResponse(page("Card", form, told, script), headers=headers)

    async def mint(self, call: Call) -> Response:
        """A token for a card, with what may be shown of it."""
        try:
            said = call.json()
            card = card_of(said, self.company.account.salt, self.company.now())
        except BadCard as wrong:
            return _refused(call.request, wrong.field, wrong.message)
        except ValueError as wrong:
            return _refused(call.request, "", str(wrong))
        uses = said.get("validNumberOfUse", 1)
        uses = uses if type(uses) is int and 1 <= uses <= 1_000 else 1
        token = self.company.keep_card(card, {"email": str(said.get("email", ""))[:200]}, uses=uses)
        shown = {
            "paymentTokenId": token.id,
            "cardType": card.brand,
            "bin": card.bin,
            "last4": card.last4,
            "expDate": card.expiry,
            "threedsRequired": card.behaviour.needs_threeds,
        }
        return _allowed(call.request, JSONResponse(shown, status_code=201))

    async def preflight(self, request: Request) -> Response:
        return _allowed(request, Response(status_code=204))


def _refused(request: Request, field: str, message: str) -> Response:
    return _allowed(request, JSONResponse({"field": field, "message": message}, status_code=400))


def _allowed(request: Request, response: Response) -> Response:
    """Let pages on this machine read the answer."""
    if origin := origin_of(request.headers.get("origin", "")):
        response.headers["access-control-allow-origin"] = origin
        response.headers["access-control-allow-headers"] = "content-type"
        response.headers["access-control-allow-methods"] = "POST"
        response.headers["vary"] = "origin"
    return response
