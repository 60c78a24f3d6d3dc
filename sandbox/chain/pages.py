"""The chains as a person sees and drives them, and as programs do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.chain.ethereum import DECIMALS
from sandbox.chain.world import World
from sandbox.control.api import told
from sandbox.control.pages import button
from sandbox.html import Html, el, page

HERE = "/_sandbox/chain/"
SHOWN = 50
NAMES = {"btc": "Bitcoin", "eth": "Ethereum"}


def routes(world: World) -> Sequence[BaseRoute]:
    async def overview(_: Request) -> Response:
        heads = [_head(head) for head in world.heads()]
        rows = [_payment(world.shown(tx)) for tx in world.payments()[:SHOWN]]
        payments = el("ul", *rows, class_="list") if rows else el("p", "Nobody has paid yet.", class_="empty")
        body = (el("h1", "Chains"), *heads, el("h2", "Pay"), _form(), el("h2", "Payments"), payments)
        return HTMLResponse(page("Chains", *body))

    async def book(_: Request) -> Response:
        payments = [world.shown(tx) for tx in world.payments()]
        return JSONResponse({"chains": world.heads(), "contracts": world.eth.contracts, "payments": payments})

    def order(name: str) -> Route:
        async def ordered(request: Request) -> Response:
            return await told(request, world.orders[name])

        return Route(HERE + name, ordered, methods=["POST"])

    return [Route(HERE, overview), Route(HERE + "book.json", book), *(order(name) for name in world.orders)]


def act(label: str, order: str, **fields: str) -> Html:
    return button(label, HERE + order, HERE, **fields)


def _head(head: dict[str, Any]) -> Html:
    chain = head["chain"]
    acts = (
        act("Mine 1 block", "mine", chain=chain),
        act("Mine 12 blocks", "mine", chain=chain, blocks="12"),
        act("Reorg 2, payments wait again", "reorg", chain=chain, depth="2"),
        act("Reorg 2, payments vanish", "reorg", chain=chain, depth="2", dropped="vanish"),
    )
    facts = f"Block {head['height']}, {head['waiting']} payments wait."
    return el("section", el("h2", NAMES[chain]), el("p", facts), el("div", *acts, class_="acts"))


def _form() -> Html:
    coins = [el("option", coin, value=coin) for coin in ("BTC", *DECIMALS)]
    return el(
        "form",
        el("label", "Coin", el("select", *coins, name="coin")),
        el("label", "Address", el("input", name="address", required="required", autocomplete="off")),
        el("label", "Amount", el("input", name="amount", required="required", inputmode="decimal")),
        el("label", "Transaction fails (Ethereum)", el("input", type="checkbox", name="failed")),
        el("input", type="hidden", name="back", value=HERE),
        el("button", "Pay", type="submit"),
        action=HERE + "pay",
        method="post",
    )


def _payment(shown: dict[str, Any]) -> Html:
    said = ", ".join(f"{one['amount']} {one['coin']} to {one['address']}" for one in shown["outputs"])
    state = f"in block {shown['height']}, {shown['confirmations']} confirmations" if shown["height"] else shown["state"]
    if shown["failed"]:
        state += ", failed"
    acts = []
    if shown["state"] == "waiting":
        acts = [act("Drop", "drop", txid=shown["txid"]), act("Replace by a dearer one", "replace", txid=shown["txid"])]
    return el("li", el("strong", said), el("p", f"{shown['txid']} · {state}", class_="muted"), *acts)
