"""One HTTP line kept open from letter to letter."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import urlsplit

import httptools

PATIENCE_SECONDS = 10
MOST_BYTES = 100_000


class Reply:
    """Collects what the parser reads."""

    def __init__(self) -> None:
        self.status = 0
        self.body = b""
        self.is_complete = self.line_stays = False
        self.parser = httptools.HttpResponseParser(self)

    def on_headers_complete(self) -> None:
        self.status, self.line_stays = self.parser.get_status_code(), self.parser.should_keep_alive()

    def on_body(self, body: bytes) -> None:
        self.body += body
        if len(self.body) > MOST_BYTES:
            raise ValueError("the answer is too long")

    def on_message_complete(self) -> None:
        self.is_complete = True


class Carrier:
    """Posts one letter at a time; a line that was closed meanwhile is opened anew."""

    def __init__(self) -> None:
        self._end: tuple[str, str, int] | None = None
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(
        self, url: str, content_type: str, body: bytes, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """Deliver, and return the status with the beginning of what was said; OSError when there is no answer."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await self._post(url, content_type, body, headers or {})
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        if self._streams:
            self._streams[1].close()
        self._streams = self._end = None

    async def _post(self, url: str, content_type: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url} is no web address")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        said = {
            "Host": parts.netloc.rpartition("@")[2],
            "Content-Type": content_type,
            "Content-Length": str(len(body)),
            "Connection": "keep-alive",
            **headers,
        }
        lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in said.items()), "", ""]
        letter = "\r\n".join(lines).encode("latin-1") + body
        end = (parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80))
        if self._streams and self._end == end:
            try:
                return await self._exchange(*self._streams, letter)
            except ConnectionError:  # closed while it was idle
                self.close()
        self.close()
        self._streams = await asyncio.open_connection(end[1], end[2], ssl=parts.scheme == "https" or None)
        self._end = end
        return await self._exchange(*self._streams, letter)

    async def _exchange(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, letter: bytes
    ) -> tuple[int, str]:
        writer.write(letter)
        await writer.drain()
        reply = Reply()
        while not reply.is_complete:
            received = await reader.read(65_536)
            if not received:
                raise ConnectionResetError("the line was closed without an answer")
            try:
                reply.parser.feed_data(received)
            except httptools.HttpParserError as trouble:
                raise ValueError(f"not HTTP: {trouble}") from trouble
        if not reply.line_stays:
            self.close()
        return reply.status, reply.body[:200].decode("utf-8", "replace")
