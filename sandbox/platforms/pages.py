"""What the platforms called and were answered."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.html import el, page
from sandbox.platforms.traffic import Call, Traffic


def routes(traffic: Traffic) -> Sequence[BaseRoute]:
    async def listing(_: Request) -> Response:
        lines = [
            el("li", el("strong", f"{call.platform} {call.path}"), el("p", _answer(call), class_="muted"))
            for call in traffic.calls
        ]
        body = el("ul", *lines, class_="list") if lines else el("p", "No platform has called yet.")
        return HTMLResponse(page("Platforms", el("h1", "Platforms"), body))

    async def as_json(_: Request) -> Response:
        return JSONResponse({"calls": [{**vars(call), "at": call.at.isoformat()} for call in traffic.calls]})

    return [
        Route("/_sandbox/platforms/", listing),
        Route("/_sandbox/platforms.json", as_json),
    ]


def _answer(call: Call) -> str:
    return f"{call.at:%H:%M:%S} UTC · {call.status} · {call.said}"
