"""The receiver as a person sees it, and the address that is called."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.html import Html, el, join, page
from sandbox.receiver.shelf import ANSWERS, SLOW_SECONDS, Received, Shelf

HERE, ADDRESS = "/_sandbox/hooks/", "/_sandbox/hooks/receive"
MOST_BYTES, SHOWN = 100_000, 50


def routes(shelf: Shelf, here: str) -> Sequence[BaseRoute]:
    async def receive(request: Request) -> Response:
        body = await request.body()
        if len(body) > MOST_BYTES:
            return PlainTextResponse("too large", status_code=413)
        answered = shelf.put(request.headers, body).answered
        if answered == "slow":
            await asyncio.sleep(SLOW_SECONDS)
            return PlainTextResponse("here I am")
        headers = {"503": {"Retry-After": "60"}, "302": {"Location": HERE}}.get(answered, {})
        return PlainTextResponse("taken" if answered == "200" else "not taken", int(answered), headers)

    async def overview(_: Request) -> Response:
        latest = list(shelf.calls)[: -SHOWN - 1 : -1]
        body = (
            el("h1", "Webhooks received"),
            el("p", "Give this address to an endpoint: ", el("code", f"{here}{ADDRESS}")),
            _form(shelf),
            el("h2", "What came, newest first"),
            el("ol", *map(_line, latest), class_="list") if latest else el("p", "Nothing yet.", class_="muted"),
        )
        return HTMLResponse(page("Webhooks received", *body))

    async def change(request: Request) -> Response:
        said = parse_qs((await request.body()).decode("utf-8", "replace"))
        answer = said.get("answer", [""])[0]
        if answer in ANSWERS:
            shelf.answer = answer
        shelf.secret = said.get("secret", [""])[0].strip()[:200] or shelf.secret
        return RedirectResponse(HERE, status_code=303)

    async def as_json(_: Request) -> Response:
        calls = [
            {"id": one.id, "type": one.type, "object": one.about, "sequence": one.sequence, "signed": one.is_signed}
            for one in shelf.calls
        ]
        return JSONResponse({"calls": calls})

    return [
        Route(HERE, overview),
        Route(ADDRESS, receive, methods=["POST"]),
        Route("/_sandbox/hooks/change", change, methods=["POST"]),
        Route("/_sandbox/hooks.json", as_json),
    ]


def _form(shelf: Shelf) -> Html:
    chosen = [
        el("option", label, value=key, **({"selected": "selected"} if key == shelf.answer else {}))
        for key, label in ANSWERS.items()
    ]
    secret = el(
        "input", type="password", name="secret", autocomplete="off",
        placeholder="kept; enter another to change it" if shelf.secret else "whsec_…",
    )  # fmt: skip
    return el(
        "form",
        el("label", "The endpoint's secret", secret),
        el("label", "How it answers", el("select", *chosen, name="answer")),
        el("button", "Keep", type="submit"),
        action="/_sandbox/hooks/change",
        method="post",
    )


def _line(one: Received) -> Html:
    signed = {None: "no secret to check it by", True: "✓ signature is right", False: "✗ signature is wrong"}
    notes = [signed[one.is_signed], f"answered {one.answered}"]
    notes += ["again, under its old id"] if one.is_repeat else []
    notes += ["older than one before it"] if one.is_late else []
    return el(
        "li",
        el("strong", f"{one.type or 'no event'} "),
        join(f"{one.about}, sequence {one.sequence}"),
        el("p", f"{one.at:%H:%M:%S} UTC · " + " · ".join(notes), class_="muted"),
        el("details", el("summary", "Body"), el("pre", one.body)),
    )
