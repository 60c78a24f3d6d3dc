"""How often one caller may ask: exact counters in Redis, and in this process while Redis is away."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import redis
from django.conf import settings
from django.http import HttpResponse

from foundation.actors import Actor, ActorKind
from foundation.errors import TooMany
from foundation.http.counters import LIMITS_WITHOUT_REDIS

_COUNT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('PTTL', KEYS[1])}
"""
AWAY_FOR_SECONDS = 2.0
MOST_LOCAL_COUNTERS = 50_000


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests in a window of so many seconds, under a name that callers see."""

    name: str
    most: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a caller stands after this request."""

    rate: Rate
    left: int
    resets_in: int

    def write(self, response: HttpResponse) -> None:
        response.headers["RateLimit-Policy"] = f'"{self.rate.name}";q={self.rate.most};w={self.rate.seconds}'
        response.headers["RateLimit"] = f'"{self.rate.name}";r={self.left};t={self.resets_in}'


class LocalCounters:
    """The same windows inside one process; what they forget is only that a window was begun elsewhere."""

    def __init__(self) -> None:
        self._windows: dict[str, tuple[float, int]] = {}
        self._lock = threading.Lock()

    def count(self, key: str, seconds: int) -> tuple[int, float]:
        now = time.monotonic()
        with self._lock:
            if len(self._windows) >= MOST_LOCAL_COUNTERS:
                self._windows = {name: window for name, window in self._windows.items() if window[0] > now}
                while len(self._windows) >= MOST_LOCAL_COUNTERS:  # the oldest tenth at once: not one by one
                    for name in [*self._windows][: MOST_LOCAL_COUNTERS // 10]:
                        del self._windows[name]
            ends, count = self._windows.get(key, (0.0, 0))
            if ends <= now:
                ends, count = now + seconds, 0
            self._windows[key] = (ends, count + 1)
            return count + 1, ends - now


_local = LocalCounters()
_redis: redis.Redis | None = None
_away_until = _doubted_until = 0.0


def _client() -> redis.Redis:
    global _redis
    if _redis is None:
        _redis = redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=0.25, socket_connect_timeout=0.25, retry=None, health_check_interval=0
        )
    return _redis


def _count(key: str, seconds: int, most: int) -> tuple[int, float]:
    """What Redis lets through is counted here too: whoever asks when it does not answer begins no new window, and
    when it comes back knowing less than we do, the higher count holds."""
    global _away_until, _doubted_until
    if time.monotonic() >= _away_until:
        try:
            count, milliseconds = _client().eval(_COUNT, 1, key, seconds * 1000)
        except redis.RedisError:
            now = time.monotonic()
            _away_until, _doubted_until = now + AWAY_FOR_SECONDS, max(_doubted_until, now + seconds)
        else:
            if count <= most:
                here, _ = _local.count(key, seconds)
                count = max(count, here) if time.monotonic() < _doubted_until else count
            return count, milliseconds / 1000
    LIMITS_WITHOUT_REDIS.inc()
    return _local.count(key, seconds)


def spend(rate: Rate, who: str) -> Standing:
    """Count one request; TooMany when the window is full."""
    count, seconds_left = _count(f"rate:{rate.name}:{who}", rate.seconds, rate.most)
    resets_in = max(1, int(seconds_left + 0.999))
    if count > rate.most:
        refusal = TooMany(retry_after=resets_in)
        refusal.standing = Standing(rate, 0, resets_in)  # type: ignore[attr-defined]
        raise refusal
    return Standing(rate, rate.most - count, resets_in)


def spend_here(rate: Rate, who: str) -> None:
    """Count one request in this process alone, without asking anybody; TooMany when the window is full."""
    count, seconds_left = _local.count(f"rate:{rate.name}:{who}", rate.seconds)
    if count > rate.most:
        raise TooMany(retry_after=max(1, int(seconds_left + 0.999)))


def rate_of(actor: Actor) -> Rate:
    most, seconds = settings.RATE_LIMITS[str(actor.kind)]
    return Rate(str(actor.kind), most, seconds)


def counted_as(actor: Actor, address: str) -> str:
    """Whom a request is charged to: the caller, or the address of one we do not know."""
    return actor.id if actor.kind is not ActorKind.ANONYMOUS else address
