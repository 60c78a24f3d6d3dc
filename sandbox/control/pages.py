"""The control as a person sees it, and the buttons that the pages of the providers share."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.control import Control
from sandbox.control.desk import Desk
from sandbox.control.faults import Fault
from sandbox.control.webhooks import Letter
from sandbox.html import Html, el, join, page

HERE = "/_sandbox/control/"
SHOWN = 50


def button(label: str, action: str, back: str, **fields: str) -> Html:
    """A form of one button; every field goes with it."""
    hidden = [el("input", type="hidden", name=name, value=value) for name, value in {**fields, "back": back}.items()]
    return el("form", *hidden, el("button", label, type="submit"), action=action, method="post", class_="act")


def fault_button(label: str, operation: str, fault: str, *, desk: Desk, back: str) -> Html:
    """Order one fault for the next call of an operation."""
    return button(label, "/_sandbox/scenarios", back, provider=desk.provider, operation=operation, fault=fault)


def waiting(faults: Sequence[Fault]) -> Html:
    """What was ordered and has not happened yet."""
    if not faults:
        return el("p", "Nothing is ordered: every call is answered as it should be.", class_="muted")
    lines = [
        el("li", f"{fault.provider} · {fault.operation}: {fault.as_json()['fault']}, {fault.left} times", Html(""))
        for fault in faults
    ]
    return el("ul", *lines, class_="list")


def letters(latest: Sequence[Letter], back: str) -> Html:
    """The latest webhooks with what they were answered."""
    if not latest:
        return el("p", "No webhook was sent yet.", class_="muted")
    return el("ul", *(_letter(letter, back) for letter in latest), class_="list")


def routes(control: Control) -> Sequence[BaseRoute]:
    async def overview(_: Request) -> Response:
        latest = list(control.courier.letters.values())[: -SHOWN - 1 : -1]
        ahead = control.clock.ahead
        body = (
            el("h1", "Control"),
            el("p", f"The providers' clock shows {control.clock.now():%Y-%m-%d %H:%M:%S} UTC, {ahead} ahead."),
            el(
                "div",
                *(
                    button(label, "/_sandbox/clock", HERE, ahead_seconds=str(ahead.total_seconds() + seconds))
                    for label, seconds in (
                        ("1 hour later", 3_600),
                        ("1 day later", 86_400),
                        ("30 days later", 2_592_000),
                    )
                ),
                button("Calm: forget all orders and switches", "/_sandbox/calm", HERE),
                class_="acts",
            ),
            el("h2", "Ordered"),
            waiting(control.faults.waiting()),
            *(_switches(desk) for desk in control.desks.values()),
            el("h2", "Webhooks"),
            letters(latest, HERE),
        )
        return HTMLResponse(page("Control", *body))

    return [Route(HERE, overview)]


def _switches(desk: Desk) -> Html:
    switches = desk.outbox.switches
    turns = [
        button(
            f"{'Stop' if getattr(switches, name) else 'Start'}: {label}",
            "/_sandbox/webhooks",
            HERE,
            provider=desk.provider,
            **{name: "off" if getattr(switches, name) else "on"},
        )
        for name, label in (
            ("duplicate", "send twice"),
            ("reorder", "last first"),
            ("drop", "lose"),
            ("wrong_signature", "sign wrongly"),
        )
    ]
    return join(el("h2", f"Webhooks of {desk.provider}"), el("div", *turns, class_="acts"))


def _letter(letter: Letter, back: str) -> Html:
    last = letter.tries[-1] if letter.tries else None
    answer = f"{last.status or last.said} in {last.took_ms} ms" if last else "not answered yet"
    told = f"{letter.made_at:%H:%M:%S} · {letter.state} · {len(letter.tries)} tries · {answer}"
    again = button("Send again", "/_sandbox/webhooks", back, provider=letter.provider, replay=str(letter.id))
    body = el("details", el("summary", "Body"), el("pre", letter.body.decode("utf-8", "replace")))
    return el("li", el("strong", f"{letter.provider} {letter.event}"), el("p", told, class_="muted"), body, again)
