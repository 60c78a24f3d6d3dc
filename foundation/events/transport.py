"""What carries the names of news from the relay to the consumers, and may forget everything at any moment."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

DEAD_AFTER_SECONDS = 10
FORGOTTEN_AFTER_SECONDS = 3600
TransportDown = (redis.ConnectionError, redis.TimeoutError)


class Entry(NamedTuple):
    """A place in a stream and the outbox row that stands there; the time only tells Postgres which partition."""

    position: int
    id: int
    at: datetime
    type: str


class Extent(NamedTuple):
    """What a stream holds: the first place it still keeps, and the last it ever held."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Message:
    """An entry as one consumer received it."""

    stream: str
    entry: Entry
    deliveries: int = 1


@dataclass(frozen=True, slots=True)
class GroupPosition:
    """How far a group is: everything up to `acknowledged` is done, everything up to `delivered` was handed out."""

    acknowledged: int
    delivered: int
    pending: int


class Transport(Protocol):
    """A log per stream whose places are numbered by Postgres, read by groups that acknowledge."""

    def extents(self, streams: Sequence[str]) -> dict[str, Extent]:
        """What each stream holds: (1, 0) for one that is new or was forgotten."""

    def append(self, stream: str, entries: Sequence[Entry], *, after: int, floor: int) -> int:
        """Add the entries if the stream ends at `after`, or lower when everything below `floor` is done; its end."""

    def forget(self, stream: str) -> None:
        """Drop the stream: the relay writes it again from the floor."""

    def join(self, group: str, streams: Sequence[str]) -> None:
        """Make the group exist, at the beginning of what is kept."""

    def read(self, group: str, consumer: str, streams: Sequence[str], *, most: int, wait: float) -> list[Message]:
        """New entries for this group; GroupMissing when the transport forgot it."""

    def follow(self, after: Mapping[str, int], *, most: int, wait: float) -> list[Message]:
        """Entries beyond these places, for who belongs to no group and acknowledges nothing."""

    def reclaim(self, group: str, consumer: str, streams: Sequence[str], *, most: int) -> list[Message]:
        """Entries a dead consumer of this group held."""

    def acknowledge(self, group: str, messages: Iterable[Message]) -> None:
        """These need not be delivered to this group again."""

    def leave(self, group: str, consumer: str, streams: Sequence[str]) -> None:
        """Forget a consumer that holds nothing."""

    def progress(self, stream: str) -> dict[str, GroupPosition]:
        """How far each group of this stream is."""

    def trim(self, stream: str, *, through: int) -> None:
        """Drop entries that every group has done."""

    def close(self) -> None: ...


class GroupMissing(Exception):
    """The transport does not know the group: it was flushed or is new."""


# A place is written once: a second relay, a retry or a zombie finds another end and adds nothing.
_APPEND = """
local stream, after, floor = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])
local last, info = 0, redis.pcall('XINFO', 'STREAM', stream)
if not info.err then
    for i = 1, #info, 2 do
        if info[i] == 'last-generated-id' then last = tonumber(string.match(info[i + 1], '^%d+')) end
    end
end
if last ~= after and not (last < after and after == floor) then return last end
for i = 3, #ARGV, 4 do
    redis.call('XADD', stream, ARGV[i] .. '-0', 'id', ARGV[i + 1], 'at', ARGV[i + 2], 'type', ARGV[i + 3])
    last = tonumber(ARGV[i])
end
return last
"""


def _place(entry_id: str) -> int:
    return int(entry_id.partition("-")[0])


def _extent(answer: Any) -> Extent:
    if not isinstance(answer, dict):
        return Extent(1, 0)
    last, kept = _place(answer["last-generated-id"]), answer["first-entry"]
    return Extent(_place(kept[0]) if kept else last + 1, last)


def _message(stream: str, entry_id: str, fields: dict[str, str], deliveries: int = 1) -> Message:
    at = datetime.fromtimestamp(float(fields["at"]), UTC)
    return Message(stream, Entry(_place(entry_id), int(fields["id"]), at, fields["type"]), deliveries)


class RedisStreams:
    """Redis or Valkey streams whose entry ids are the places Postgres gave."""

    def __init__(self, url: str, *, prefix: str = "news:") -> None:
        self.prefix = prefix
        self.client = redis.Redis.from_url(
            url, decode_responses=True, socket_timeout=5, socket_connect_timeout=2, retry=Retry(NoBackoff(), 1)
        )
        self._append = self.client.register_script(_APPEND)

    def _key(self, stream: str) -> str:
        return f"{self.prefix}{stream}"

    def _ask_all(self, commands: Iterable[tuple[Any, ...]]) -> list[Any]:
        with self.client.pipeline(transaction=False) as pipeline:
            for command in commands:
                pipeline.execute_command(*command)
            answers = pipeline.execute(raise_on_error=False)
        for answer in answers:
            if isinstance(answer, Exception) and not isinstance(answer, redis.ResponseError):
                raise answer
        return answers

    def extents(self, streams: Sequence[str]) -> dict[str, Extent]:
        answers = self._ask_all(("XINFO STREAM", self._key(stream)) for stream in streams)
        return {stream: _extent(answer) for stream, answer in zip(streams, answers, strict=True)}

    def append(self, stream: str, entries: Sequence[Entry], *, after: int, floor: int) -> int:
        words: list[int | float | str] = [after, floor]
        for entry in entries:
            words += (entry.position, entry.id, entry.at.timestamp(), entry.type)
        return int(self._append(keys=[self._key(stream)], args=words))

    def forget(self, stream: str) -> None:
        self.client.delete(self._key(stream))

    def join(self, group: str, streams: Sequence[str]) -> None:
        for answer in self._ask_all(("XGROUP CREATE", self._key(s), group, "0", "MKSTREAM") for s in streams):
            if isinstance(answer, Exception) and not str(answer).startswith("BUSYGROUP"):
                raise answer

    def read(self, group: str, consumer: str, streams: Sequence[str], *, most: int, wait: float) -> list[Message]:
        try:
            answer: Any = self.client.xreadgroup(
                group, consumer, {self._key(s): ">" for s in streams}, count=most, block=max(1, int(wait * 1000))
            )
        except redis.ResponseError as error:
            if "NOGROUP" in str(error) or "UNBLOCKED" in str(error):
                raise GroupMissing(group) from error
            raise
        return self._messages(answer)

    def _messages(self, answer: Any) -> list[Message]:
        return [
            _message(key.removeprefix(self.prefix), entry_id, fields)
            for key, entries in answer
            for entry_id, fields in entries
        ]

    def follow(self, after: Mapping[str, int], *, most: int, wait: float) -> list[Message]:
        places: Any = {self._key(stream): f"{place}-0" for stream, place in after.items()}
        answer: Any = self.client.xread(places, count=most, block=max(1, int(wait * 1000)))
        return self._messages(answer)

    def reclaim(self, group: str, consumer: str, streams: Sequence[str], *, most: int) -> list[Message]:
        idle = DEAD_AFTER_SECONDS * 1000
        answers = self._ask_all(
            ("XAUTOCLAIM", self._key(s), group, consumer, idle, "0", "COUNT", most) for s in streams
        )
        found: list[Message] = []
        for stream, answer in zip(streams, answers, strict=True):
            if isinstance(answer, Exception) or not answer[1]:
                continue
            claimed = [(entry_id, fields) for entry_id, fields in answer[1] if fields]
            pending = self.client.xpending_range(
                self._key(stream), group, min="-", max="+", count=most, consumername=consumer
            )
            times: dict[Any, Any] = {one["message_id"]: one["times_delivered"] for one in pending}
            found += [_message(stream, entry_id, fields, times.get(entry_id, 1)) for entry_id, fields in claimed]
        return found

    def acknowledge(self, group: str, messages: Iterable[Message]) -> None:
        by_stream: dict[str, list[str]] = {}
        for message in messages:
            by_stream.setdefault(message.stream, []).append(f"{message.entry.position}-0")
        self._ask_all(("XACK", self._key(stream), group, *ids) for stream, ids in by_stream.items())

    def leave(self, group: str, consumer: str, streams: Sequence[str]) -> None:
        for stream in streams:
            try:
                known = self.client.xinfo_consumers(self._key(stream), group)
            except redis.ResponseError:
                continue
            for one in known:
                is_long_gone = one["idle"] > FORGOTTEN_AFTER_SECONDS * 1000
                if one["pending"] == 0 and (one["name"] == consumer or is_long_gone):
                    self.client.xgroup_delconsumer(self._key(stream), group, one["name"])

    def progress(self, stream: str) -> dict[str, GroupPosition]:
        try:
            known = self.client.xinfo_groups(self._key(stream))
        except redis.ResponseError:
            return {}
        answers = self._ask_all(("XPENDING", self._key(stream), one["name"]) for one in known)
        found = {}
        for one, pending in zip(known, answers, strict=True):
            delivered = _place(one["last-delivered-id"])
            if isinstance(pending, Exception):
                continue
            oldest = pending["min"]
            done = delivered if oldest is None else _place(oldest) - 1
            found[one["name"]] = GroupPosition(done, delivered, pending["pending"])
        return found

    def trim(self, stream: str, *, through: int) -> None:
        self.client.xtrim(self._key(stream), minid=f"{through + 1}-0", approximate=True)

    def close(self) -> None:
        self.client.close()


@functools.cache
def transport() -> Transport:
    """The transport of this deployment; its connections are shared by the threads of a process."""
    return RedisStreams(settings.REDIS_URL)
