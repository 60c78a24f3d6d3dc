import logging
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox import bitpay, ccbill, chain, mail, platforms, rails, receiver
from sandbox.control import Control
from sandbox.control.part import part as control_part
from sandbox.headers import SafeHeaders
from sandbox.html import el, page
from sandbox.parts import Part

log = logging.getLogger("sandbox")

# A page elsewhere that makes its own name point here must not read what is played.
OWN_HOSTS = ("localhost", "127.0.0.1")
STATIC = Path(__file__).parent / "static"
Merchant = Mapping[str, Any]
# Who can be played: each gets what the merchant agreed with it, and the common control.
PROVIDERS: dict[str, Callable[[Merchant, Control], Part]] = {
    "bitpay": bitpay.part,
    "ccbill": ccbill.part,
}


@dataclass(frozen=True)
class Listening:
    """The sockets opened for protocols other than HTTP."""

    smtp: socket.socket


@dataclass(frozen=True)
class House:
    """The deployment the sandbox plays around: its API, the file with its platforms' secrets, and our own address."""

    api: str
    credentials: Path
    here: str


def parts(
    listening: Listening,
    house: House | None = None,
    merchants: Mapping[str, Merchant] | None = None,
    control: Control | None = None,
) -> tuple[Part, ...]:
    """Everything the sandbox plays, in the order of its index; of the providers those that have our merchant."""
    control = control or Control()
    played = [mail.part(listening.smtp)]
    if house:
        played += [platforms.part(house.api, house.credentials, house.here), receiver.part(house.here)]
    merchants = merchants or {}
    world = chain.world_of(merchants["chain"], control) if "chain" in merchants else None
    for name, merchant in merchants.items():
        if name in PROVIDERS:
            played.append(PROVIDERS[name](merchant, control))
        elif name == "chain" and world:
            played.append(chain.part(merchant, control, world))
        elif name not in rails.NAMES:
            log.warning("nobody plays %s", name)
    if with_rails := {name: merchant for name, merchant in merchants.items() if name in rails.NAMES}:
        played.append(rails.part(with_rails, control, world))
    return (*played, control_part(control))


def build_app(parts: Sequence[Part], hosts: Sequence[str] = ()) -> Starlette:
    """One application that serves every part and runs what belongs to it, for callers that name it by a known host."""

    async def index(_: Request) -> Response:
        links = [el("li", el("a", part.title, href=part.path), el("p", part.about, class_="muted")) for part in parts]
        body = (
            el("h1", "Sandbox"),
            el("p", "It plays the outside world for this deployment. Nothing here leaves the machine."),
            el("ul", *links, class_="list"),
        )
        return HTMLResponse(page("Sandbox", *body))

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as running:
            for part in parts:
                await running.enter_async_context(part.running())
            yield

    return Starlette(
        routes=[
            Route("/_sandbox/", index),
            Route("/healthz", healthz),
            Mount("/_sandbox/static", StaticFiles(directory=STATIC)),
            *(route for part in parts for route in part.routes),
        ],
        middleware=[
            Middleware(SafeHeaders),
            Middleware(TrustedHostMiddleware, allowed_hosts=[*OWN_HOSTS, *hosts], www_redirect=False),
        ],
        exception_handlers={404: not_found},
        lifespan=lifespan,
    )


async def not_found(_: Request, error: Exception) -> Response:
    detail = error.detail if isinstance(error, HTTPException) else "Not Found"
    text = "There is no such page." if detail == "Not Found" else detail
    body = (el("h1", "Not here"), el("p", text), el("p", el("a", "To the sandbox's index", href="/_sandbox/")))
    return HTMLResponse(page("Not here", *body), status_code=404)
