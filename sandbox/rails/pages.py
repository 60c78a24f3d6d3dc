"""The rails as a person sees and drives them, and their book for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.control.api import told
from sandbox.control.pages import button, fault_button, waiting
from sandbox.html import Html, el, page
from sandbox.rails.book import RETURNED, Instruction
from sandbox.rails.hub import Rails
from sandbox.rails.plans import CENTS, KINDS

HERE = "/_sandbox/rails/"
SHOWN = 50
MOST = 20_000


def routes(rails: Rails) -> Sequence[BaseRoute]:
    async def overview(_: Request) -> Response:
        rails.clockwork.catch_up()
        return HTMLResponse(page("Rails", *_overview(rails)))

    async def book(request: Request) -> Response:
        rails.clockwork.catch_up()
        said = request.query_params
        after, limit = said.get("after", "0") or "0", said.get("limit", "1000")
        if not (after.isdecimal() and limit.isdecimal() and len(after) < 16 and 1 <= int(limit[:9]) <= MOST):
            return JSONResponse({"error": f"after is a number, limit one from 1 to {MOST}"}, status_code=400)
        found = rails.book.after(int(after), int(limit), said.get("rail", ""), said.get("reference", ""))
        return JSONResponse(
            {
                "total": rails.book.last,
                "last": found[-1].number if found else int(after),
                "twice": rails.book.twice(),
                "instructions": [one.as_json() for one in found],
            }
        )

    async def plans(request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse([order.as_json() for order in rails.plans.waiting])
        if request.method == "DELETE":
            rails.plans.clear(request.query_params.get("rail", ""))
            return Response(status_code=204)
        return await told(request, order)

    def order(said: Mapping[str, Any]) -> Any:
        rail = str(said.get("rail", ""))
        if rail not in rails.played:
            raise ValueError(f"rail is one of {', '.join(rails.played)}")
        return rails.plans.order(rail, said).as_json()

    async def forget(request: Request) -> Response:
        def anew(_: Mapping[str, Any]) -> Any:
            rails.forget()
            return {"instructions": rails.book.last}

        return await told(request, anew)

    async def act(request: Request) -> Response:
        return await told(request, do)

    def do(said: Mapping[str, Any]) -> Any:
        rails.clockwork.catch_up()
        taken, code = _named(rails, said), str(said.get("code", ""))
        rail, deed = rails.played[taken.rail], str(said.get("do", ""))
        if deed not in rail.does:
            raise ValueError(f"do is one of {', '.join(rail.does)} on this rail")
        if code and not (code.isascii() and code.isalnum() and len(code) <= 8):
            raise ValueError("code is at most eight letters and digits")
        rail.act(taken, deed, code)
        return taken.as_json()

    return [
        Route(HERE, overview),
        Route("/_sandbox/rails/book", book),
        Route("/_sandbox/rails/plans", plans, methods=["GET", "POST", "DELETE"]),
        Route("/_sandbox/rails/act", act, methods=["POST"]),
        Route("/_sandbox/rails/forget", forget, methods=["POST"]),
    ]


def _named(rails: Rails, said: Mapping[str, Any]) -> Instruction:
    number, reference = str(said.get("number", "")), str(said.get("reference", ""))
    if number.isdecimal():
        found = rails.book.numbered(int(number[:15]))
    else:
        known = rails.book.named(reference, str(said.get("rail", ""))) if reference else []
        found = known[-1] if known else None
    if found is None:
        raise ValueError("number or reference names an instruction that a rail took")
    return found


def _overview(rails: Rails) -> list[Html]:
    latest = rails.book.latest(SHOWN)
    rows = [_row(rails, one) for one in latest]
    orders = [
        el("li", f"{one.rail}: {one.plan.kind} {one.plan.code}, {one.left} times {one.reference}")
        for one in rails.plans.waiting
    ]
    twice = rails.book.twice()
    faults = [fault for name in rails.played for fault in rails.control.faults.waiting(name)]
    return [
        el("h1", "Rails"),
        el("p", f"{rails.book.last} instructions were taken, {len(twice)} references more than once."),
        el("h2", "Order something for the next instruction"),
        _form(rails),
        el("ul", *orders, class_="list") if orders else el("p", "Nothing is ordered.", class_="muted"),
        el("h2", "Order something for the next call"),
        *(_troubles(rails, name) for name in rails.played),
        waiting(faults),
        el("h2", "Cents that select an end"),
        el("ul", *(el("li", f"x.{cents}: {KINDS[plan.kind]}") for cents, plan in CENTS.items()), class_="list"),
        el("h2", "Instructions"),
        el("ul", *rows, class_="list") if rows else el("p", "No rail took anything yet.", class_="empty"),
    ]


def _form(rails: Rails) -> Html:
    names = [el("option", name, value=name) for name in rails.played]
    kinds = [el("option", f"{kind}: {about}", value=kind) for kind, about in KINDS.items()]
    return el(
        "form",
        el("label", "Rail", el("select", *names, name="rail")),
        el("label", "What becomes of it", el("select", *kinds, name="plan")),
        el("label", "Code, if not the usual one", el("input", name="code", autocomplete="off")),
        el("label", "Banking days until it is back", el("input", name="days", value="2", inputmode="numeric")),
        el("input", type="hidden", name="back", value=HERE),
        el("button", "Order", type="submit"),
        action=HERE + "plans",
        method="post",
    )


def _troubles(rails: Rails, name: str) -> Html:
    desk = rails.control.desk(name)
    operation = next(one for one in ("transfer", "upload", "pay", "*") if one in desk.operations | {"*"})
    acts = [
        fault_button(f"{name}: {label}", operation, fault, desk=desk, back=HERE)
        for label, fault in (
            ("lose the next reply", "close_after"),
            ("hang up before", "close_before"),
            ("take nothing now", "throttle"),
        )
    ]
    return el("div", *acts, class_="acts")


def _row(rails: Rails, taken: Instruction) -> Html:
    facts = f"{taken.rail} · {taken.minor} {taken.currency} minor to {taken.destination}"
    when = f"{taken.reference} · {taken.state} {taken.code} · taken {taken.accepted_at:%Y-%m-%d %H:%M:%S}"
    acts = []
    for deed in rails.played[taken.rail].does if taken.state != RETURNED else ():
        acts.append(button(deed.capitalize(), HERE + "act", HERE, number=str(taken.number), do=deed))
    return el("li", el("strong", facts), el("p", when, class_="muted"), el("div", *acts, class_="acts"))
