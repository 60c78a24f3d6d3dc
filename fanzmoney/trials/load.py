"""Callers in a process of their own: `python -m fanzmoney.trials.load`, streams of requests in, how each went out."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

BUSY = "503"
LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")


@dataclass(frozen=True)
class Call:
    """One request, without the headers every request has."""

    path: str
    body: str
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"

    def as_bytes(self) -> bytes:
        body = self.body.encode()
        named = {"Host": "localhost", "Content-Type": self.content_type, "Content-Length": len(body), **self.headers}
        lines = [f"POST {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in named.items()), "", ""]
        return "\r\n".join(lines).encode() + body


@dataclass(frozen=True)
class Stream:
    """Calls at a rate, each timed from when it was due; without one as fast as answers come, until time is up."""

    calls: Sequence[Call]
    rate: float = 0
    callers: int = 64
    seconds: float = 0
    keeps_answers: bool = False


@dataclass(frozen=True)
class Went:
    """How the calls of a stream went; answers only of those that were taken."""

    milliseconds: list[float]
    statuses: dict[str, int]
    answers: list[str]
    first_failure: str
    seconds: float

    @property
    def taken(self) -> int:
        return sum(count for status, count in self.statuses.items() if status.startswith("2"))

    @property
    def refused(self) -> int:
        """How many were told to come again: the house had no room for them."""
        return self.statuses.get(BUSY, 0)


class Callers:
    """The callers of one stream, on connections they keep."""

    def __init__(self, port: int, stream: Stream) -> None:
        self.port, self.stream = port, stream
        self.idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self.free = asyncio.Semaphore(stream.callers)
        self.went = Went([], {}, [], "", 0)
        self.first_failure = ""

    async def run(self) -> Went:
        began = time.perf_counter()
        await (self._at_a_rate(began) if self.stream.rate else self._as_fast_as_it_goes(began))
        seconds = time.perf_counter() - began
        return Went(self.went.milliseconds, self.went.statuses, self.went.answers, self.first_failure, seconds)

    async def _at_a_rate(self, began: float) -> None:
        calls = []
        for number, call in enumerate(self.stream.calls):
            due = began + number / self.stream.rate
            await asyncio.sleep(due - time.perf_counter())
            calls.append(asyncio.create_task(self._call(call, due)))
        await asyncio.gather(*calls)

    async def _as_fast_as_it_goes(self, began: float) -> None:
        left = iter(self.stream.calls)
        await asyncio.gather(*(self._one_by_one(left, began) for _ in range(self.stream.callers)))

    async def _one_by_one(self, left: Iterator[Call], began: float) -> None:
        for call in left:
            if self.stream.seconds and time.perf_counter() - began > self.stream.seconds:
                return
            await self._call(call, time.perf_counter())

    async def _call(self, call: Call, due: float) -> None:
        async with self.free:
            try:
                status, answer = await self._ask(call.as_bytes())
            except (OSError, EOFError) as error:
                status, answer = "no answer", repr(error)
        self.went.milliseconds.append((time.perf_counter() - due) * 1000)
        self.went.statuses[status] = self.went.statuses.get(status, 0) + 1
        if status.startswith("2"):
            if self.stream.keeps_answers:
                self.went.answers.append(answer)
        elif status != BUSY:
            self.first_failure = self.first_failure or f"{status} {answer[:300]}"

    async def _ask(self, request: bytes) -> tuple[str, str]:
        reader, writer = await self._connection()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = LENGTH.search(head)
        if length is None:
            raise EOFError("an answer of unknown length")
        answer = await reader.readexactly(int(length[1]))
        self.idle.append((reader, writer))
        return head[9:12].decode(), answer.decode()

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self.idle:
            reader, writer = self.idle.pop()
            if not (reader.at_eof() or writer.is_closing()):
                return reader, writer
            writer.close()
        return await asyncio.open_connection("127.0.0.1", self.port)


def load(port: int, streams: Sequence[Stream]) -> list[Went]:
    """Run these streams at once from another process; raises when a call went wrong, not when it was told to wait."""
    given = json.dumps({"port": port, "streams": [asdict(stream) for stream in streams]})
    line = [sys.executable, "-m", "fanzmoney.trials.load"]
    ended = subprocess.run(line, input=given, capture_output=True, text=True, check=False)  # noqa: S603
    if ended.returncode:
        raise RuntimeError(f"the callers gave up: {ended.stderr[-400:]}")
    went = [Went(**one) for one in json.loads(ended.stdout)]
    for one in went:
        if one.first_failure:
            raise RuntimeError(f"calls went wrong, {one.statuses}: {one.first_failure}")
    return went


async def _run(given: dict[str, Any]) -> list[Went]:
    streams = [Stream(**one | {"calls": [Call(**call) for call in one["calls"]]}) for one in given["streams"]]
    return list(await asyncio.gather(*(Callers(given["port"], stream).run() for stream in streams)))


if __name__ == "__main__":
    json.dump([asdict(went) for went in asyncio.run(_run(json.load(sys.stdin)))], sys.stdout)
