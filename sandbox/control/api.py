"""The control as programs and forms use it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.control import Control
from sandbox.control.desk import Desk
from sandbox.control.webhooks import KEPT, Switches

FURTHEST_SECONDS = 10 * 366 * 86_400
LONGEST_MS = 600_000
SWITCHES = {field.name: field.type for field in fields(Switches)}


def routes(control: Control) -> Sequence[BaseRoute]:
    """Every address answers JSON, or leads a form back to the page it came from."""

    async def scenarios(request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse([fault.as_json() for fault in control.faults.waiting(provider_in(request))])
        if request.method == "DELETE":
            control.faults.clear(provider_in(request))
            return Response(status_code=204)
        return await told(request, order)

    def order(said: Mapping[str, Any]) -> Any:
        desk = desk_of(control, said)
        operation = str(said.get("operation", "*"))
        if operation not in desk.operations | {"*"}:
            raise ValueError(f"operation is * or one of {', '.join(sorted(desk.operations))}")
        match = said.get("match", {})
        if not isinstance(match, dict):
            raise ValueError("match is an object of fields and their values")
        times = whole(said.get("times", 1), "times")
        return control.faults.order(desk.provider, operation, str(said.get("fault", "")), times, match).as_json()

    async def webhooks(request: Request) -> Response:
        return await told(request, switch)

    def switch(said: Mapping[str, Any]) -> Any:
        desk = desk_of(control, said)
        if "replay" in said:
            if not control.courier.replay(desk.outbox, whole(said["replay"], "replay")):
                raise ValueError("replay names a webhook of this provider that had an address")
            return {"replay": whole(said["replay"], "replay")}
        unknown = set(said) - set(SWITCHES) - {"provider", "back"}
        if unknown:
            raise ValueError(f"no such switch: {', '.join(sorted(unknown))}")
        turned = {name: read_switch(name, said[name]) for name in SWITCHES if name in said}
        desk.outbox.switches = Switches(**{**asdict(desk.outbox.switches), **turned})
        return asdict(desk.outbox.switches)

    async def sent(request: Request) -> Response:
        provider, event = provider_in(request), request.query_params.get("event", "")
        limit = request.query_params.get("limit", "100")
        if not limit.isascii() or not limit.isdigit() or not 1 <= int(limit[:9]) <= KEPT:
            return JSONResponse({"error": f"limit is a whole number from 1 to {KEPT}"}, status_code=400)
        found = [
            letter
            for letter in control.courier.letters.values()
            if provider in ("", letter.provider) and event in ("", letter.event)
        ]
        latest = [letter.as_json() for letter in found[: -int(limit) - 1 : -1]]
        return JSONResponse({"total": len(found), "webhooks": latest})

    async def clock(request: Request) -> Response:
        return JSONResponse(time()) if request.method == "GET" else await told(request, move)

    def time() -> Any:
        return {"now": control.clock.now().isoformat(), "ahead_seconds": control.clock.ahead.total_seconds()}

    def move(said: Mapping[str, Any]) -> Any:
        seconds = number(said.get("ahead_seconds"), "ahead_seconds")
        if abs(seconds) > FURTHEST_SECONDS:
            raise ValueError("ahead_seconds is at most ten years")
        control.clock.move(timedelta(seconds=seconds))
        return time()

    async def latency(request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse({name: desk.latency_ms for name, desk in control.desks.items()})
        return await told(request, slow_down)

    def slow_down(said: Mapping[str, Any]) -> Any:
        desk, ms = desk_of(control, said), whole(said.get("ms"), "ms")
        if not 0 <= ms <= LONGEST_MS:
            raise ValueError(f"ms is a whole number from 0 to {LONGEST_MS}")
        desk.latency_ms = ms
        return {"provider": desk.provider, "ms": ms}

    async def calm(request: Request) -> Response:
        def forget(_: Mapping[str, Any]) -> Any:
            control.calm()
            return {"faults": [], "latency": 0}

        return await told(request, forget)

    return [
        Route("/_sandbox/scenarios", scenarios, methods=["GET", "POST", "DELETE"]),
        Route("/_sandbox/webhooks", webhooks, methods=["POST"]),
        Route("/_sandbox/webhooks.json", sent),
        Route("/_sandbox/clock", clock, methods=["GET", "POST"]),
        Route("/_sandbox/latency", latency, methods=["GET", "POST"]),
        Route("/_sandbox/calm", calm, methods=["POST"]),
    ]


async def told(request: Request, do: Any) -> Response:
    """Do what the body says: JSON is answered with JSON, a form of our pages goes back to its page."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return JSONResponse({"error": "another site's page has no say here"}, status_code=403)
    raw = await request.body()
    is_form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    try:
        said = dict(parse_qsl(raw.decode())) if is_form else json.loads(raw or b"{}")
        if not isinstance(said, dict):
            raise ValueError("the body is a JSON object")
        done = do(said)
    except ValueError as wrong:
        return JSONResponse({"error": str(wrong)}, status_code=400)
    back = str(said.get("back", ""))
    if is_form and back.startswith("/_sandbox/"):
        return RedirectResponse(back, status_code=303)
    return JSONResponse(done)


def desk_of(control: Control, said: Mapping[str, Any]) -> Desk:
    desk = control.desks.get(str(said.get("provider", "")))
    if desk is None:
        raise ValueError(f"provider is one of {', '.join(control.desks) or 'none: no merchant was given'}")
    return desk


def provider_in(request: Request) -> str:
    return request.query_params.get("provider", "")


def read_switch(name: str, value: Any) -> bool | float | str:
    kind = SWITCHES[name]
    if kind == "bool":
        if value not in (True, False, "on", "off"):
            raise ValueError(f"{name} is true or false")
        return value in (True, "on")
    if kind == "str":
        return str(value)
    given = number(value, name)
    if not (0 <= given <= 1e9) or (name == "scale" and not given):
        raise ValueError(f"{name} is out of range")
    return given


def number(value: Any, name: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError) as wrong:
        raise ValueError(f"{name} is a number") from wrong


def whole(value: Any, name: str) -> int:
    if isinstance(value, bool) or not str(value).removeprefix("-").isdecimal() or len(str(value)) > 15:
        raise ValueError(f"{name} is a whole number")
    return int(value)
