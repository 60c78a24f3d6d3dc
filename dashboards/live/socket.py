"""`/ws/live/`: prove who you are, say what you want to hear, and listen."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import Error as DatabaseError

from dashboards.live.channels import said_of
from dashboards.live.hub import NOT_YOURS, SESSION_OVER, Hub
from dashboards.live.listeners import TRY_AGAIN, Listener, moment_of, seq_of, telling
from dashboards.live.standing import still_here
from dashboards.live.tokens import LONGEST, spend_live_token
from foundation.actors import ActorKind
from foundation.errors import Refusal, TooMany, Unauthenticated, Unavailable
from foundation.events.following import Heard, heard_since
from foundation.http.asgi import Application, Message, Receive, Send
from foundation.http.rates import Rate, spend_here
from foundation.http.strict_json import read_json

logger = logging.getLogger(__name__)

PATH = "/ws/live/"
AUTH_SECONDS, MOST_BYTES = 5.0, 4096
MOST_SOCKETS, MOST_UNPROVED, MOST_PER_CALLER = 2000, 200, 12
OVERLAP = timedelta(seconds=2)  # clocks of two processes, and a relay that commits a moment after it looks at its own
SPOKEN = Rate("live", 60, 60)
BINARY, TOO_BIG, MALFORMED, TOO_LATE, TOO_MANY, TOO_OFTEN = 1003, 1009, 4400, 4408, 4409, 4429


class Closed(Exception):
    """The socket ends; nobody is to be told more."""


class Ending(Exception):
    """The socket has to be closed from our side, with this code and these words."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class WithSockets:
    """Sockets go to the live socket, everything else to the application behind."""

    def __init__(self, application: Application) -> None:
        self.application, self.live = application, LiveSocket()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        await (self.live if scope["type"] == "websocket" else self.application)(scope, receive, send)


class LiveSocket:
    """Keeps count of who is there; all of a process share one hub."""

    def __init__(self, hub: Hub | None = None) -> None:
        self.hub = hub or Hub()
        self.unproved = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if (await receive())["type"] != "websocket.connect":
            return
        is_full = len(self.hub.listeners) >= MOST_SOCKETS or self.unproved >= MOST_UNPROVED
        if scope["path"] != PATH or not _is_ours(scope) or is_full:
            await send({"type": "websocket.close"})  # before it is accepted: an HTTP 403
            return
        await send({"type": "websocket.accept"})
        try:
            listener = await self._let_in(receive, is_page=_origin(scope) is not None)
        except Closed:
            return
        except Ending as ending:
            await send({"type": "websocket.close", "code": ending.code, "reason": ending.reason})
            return
        await self._serve(listener, receive, send)

    async def _let_in(self, receive: Receive, *, is_page: bool) -> Listener:
        self.unproved += 1
        try:
            async with asyncio.timeout(AUTH_SECONDS):
                message = await _next(receive)
                if set(message) != {"type", "token"} or message["type"] != "auth":
                    raise Ending(MALFORMED, "say who you are first")
                return await self._prove(str(message["token"])[: LONGEST + 1], is_page=is_page)
        except TimeoutError:
            raise Ending(TOO_LATE, f"nobody proved to be somebody within {AUTH_SECONDS:g} s") from None
        finally:
            self.unproved -= 1

    async def _prove(self, token: str, *, is_page: bool) -> Listener:
        try:
            entrance = await self.hub.ask(spend_live_token, token)
            if entrance.kind is ActorKind.USER and not is_page:
                raise Ending(SESSION_OVER, "a person's token is for a page")  # a stolen one, most likely
            places = (await self.hub.ask(still_here, [entrance])).get(entrance)
        except Unauthenticated:
            raise Ending(SESSION_OVER, "the token is not valid") from None
        except (Unavailable, DatabaseError) as error:
            logger.warning("a socket was turned away: %s", type(error).__name__)
            raise Ending(TRY_AGAIN, "try again soon") from None
        if places is None:
            raise Ending(SESSION_OVER, "signed out")
        if sum(one.entrance.id == entrance.id for one in self.hub.listeners) >= MOST_PER_CALLER:
            raise Ending(TOO_MANY, "open in too many windows")
        return Listener(entrance, places)

    async def _serve(self, listener: Listener, receive: Receive, send: Send) -> None:
        """Two tasks, one that hears and one that says; the first that ends takes the other with it."""
        self.hub.enter(listener)
        hearing = asyncio.create_task(self._hear(listener, receive))
        saying = asyncio.create_task(_say(listener, send))
        try:
            await asyncio.wait({hearing, saying}, return_when=asyncio.FIRST_COMPLETED)
            if hearing.done() and isinstance(ending := hearing.exception(), Ending):
                listener.end(ending.code, ending.reason)
                await asyncio.wait({saying}, timeout=AUTH_SECONDS)
        finally:
            self.hub.leave(listener)
            for task in (hearing, saying):
                task.cancel()
            for problem in await asyncio.gather(hearing, saying, return_exceptions=True):
                if isinstance(problem, Exception) and not isinstance(problem, Closed | Ending):
                    logger.error("a live socket ended badly", exc_info=problem)

    async def _hear(self, listener: Listener, receive: Receive) -> None:
        await self.hub.begun()
        listener.say_object({"type": "ready", "channels": sorted(listener.places)})
        while True:
            message = await _next(receive)
            try:
                spend_here(SPOKEN, str(listener.entrance.id))
            except TooMany:
                raise Ending(TOO_OFTEN, f"at most {SPOKEN.most} messages in {SPOKEN.seconds} s") from None
            channels, after, unread = _wish(message)
            if unknown := [channel for channel in channels if channel not in listener.places]:
                raise Ending(NOT_YOURS, f"not yours to hear: {unknown[0][:40]}")
            if listener.entrance.kind is ActorKind.USER:
                listener.unread = unread
            await self._subscribe(listener, channels, after)

    async def _subscribe(self, listener: Listener, channels: list[str], after: dict[str, int]) -> None:
        """Seat first and look back second: what comes in between is heard twice at worst, never not at all."""
        now = seq_of(datetime.now(UTC))
        listener.hold()
        for channel in channels:
            listener.told[channel] = after.get(channel, listener.told.get(channel, now))
            self.hub.seat(listener, channel)
        listener.say_object({"type": "subscribed", "channels": {name: listener.told[name] for name in channels}})
        try:
            if after:
                await self._look_back(listener, after)
        finally:
            listener.release()

    async def _look_back(self, listener: Listener, after: dict[str, int]) -> None:
        since = moment_of(min(after.values())) - OVERLAP
        try:
            heard, is_all = await self.hub.ask(heard_since, since)
        except DatabaseError:
            raise Ending(TRY_AGAIN, "try again soon") from None
        if not is_all:
            listener.tear(datetime.now(UTC))
            return
        _tell_past(listener, heard, after)


def _tell_past(listener: Listener, heard: list[Heard], after: dict[str, int]) -> None:
    said = [said for news in heard for said in said_of(news)]
    for channel, seq in after.items():
        place, since = listener.places[channel], moment_of(seq) - OVERLAP
        missed = [one for one in said if one.place == place and one.news.relayed_at > since]
        if missed:
            listener.tell_now(place, telling(missed))


async def _say(listener: Listener, send: Send) -> None:
    while True:
        said = await listener.out.get()
        if isinstance(said, tuple):
            await send({"type": "websocket.close", "code": said[0], "reason": said[1]})
            return
        await send({"type": "websocket.send", "text": said})


async def _next(receive: Receive) -> dict[str, Any]:
    """The next message, if it is a small text that is one JSON object."""
    frame = await receive()
    if frame["type"] == "websocket.disconnect":
        raise Closed
    text = frame.get("text")
    if text is None:
        raise Ending(BINARY, "text only")
    if len(text) > MOST_BYTES:
        raise Ending(TOO_BIG, f"at most {MOST_BYTES} bytes")
    try:
        message = read_json(text.encode())
    except (Refusal, UnicodeEncodeError):
        raise Ending(MALFORMED, "not a JSON object of ours") from None
    if not isinstance(message, dict):
        raise Ending(MALFORMED, "not a JSON object of ours")
    return message


def _wish(message: dict[str, Any]) -> tuple[list[str], dict[str, int], int | None]:
    """The channels somebody wants to hear, how far they heard each before, and what their bell shows."""
    channels, after, unread = message.get("channels"), message.get("after", {}), message.get("unread")
    if (
        message.get("type") != "subscribe"
        or not set(message) <= {"type", "channels", "after", "unread"}
        or not isinstance(channels, list)
        or not (1 if unread is None else 0) <= len(channels) <= 10
        or not all(isinstance(channel, str) for channel in channels)
        or not isinstance(after, dict)
        or not set(after) <= set(channels)
        or not all(type(seq) is int and 0 <= seq < 2**53 for seq in after.values())
        or not (unread is None or (type(unread) is int and 0 <= unread < 2**31))
    ):
        raise Ending(MALFORMED, "subscribe with channels, after by channel, and the number on the bell")
    return channels, after, unread


def _origin(scope: Message) -> str | None:
    return next((value.decode("latin1") for name, value in scope["headers"] if name == b"origin"), None)


def _is_ours(scope: Message) -> bool:
    """Browsers say which page they come from; a program has none to name."""
    origin = _origin(scope)
    if origin is None:
        return True
    host = next((value.decode("latin1") for name, value in scope["headers"] if name == b"host"), "")
    return origin == settings.PUBLIC_URL or (not settings.IS_PRODUCTION and urlsplit(origin).netloc == host)
