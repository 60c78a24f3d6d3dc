"""XA4: the numbers of cards, typed wherever words are taken, are kept nowhere."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import redis
from django.conf import settings
from django.core import mail
from psycopg import sql

from fanzmoney.trials.hostile.entries import HEADERS, Entry, every_entry, hear_unattacked, tireless_house
from foundation.faults import Battery, Run, batteries
from foundation.requests.writing import write_waiting

EVERY = 50  # addresses, after which is looked whether something was kept
SPELLINGS = (
    "{}{}{}{}", "{} {} {} {}", "{}-{}-{}-{}", "{}.{}.{}.{}", "{}_{}_{}_{}", "a{}{}{}{}", "{}{}{}{}b",
    "{} {} {} {} 12/27",
)  # fmt: skip
GAP = re.compile(r"(?<=\d)[ +._-](?=\d)")
LONG_NUMBER = re.compile(r"\d{16,}")


class Planted:
    """Numbers that look like cards, each sent once, and each time spelled otherwise."""

    def __init__(self, run: Run) -> None:
        self.where: dict[str, str] = {}
        self.run, self.sent = run, 0

    def next(self, where: str) -> str:
        card = _card(self.run)
        self.where[card] = where
        spelling = SPELLINGS[self.sent % len(SPELLINGS)]
        self.sent += 1
        return spelling.format(*(card[at : at + 4] for at in range(0, 16, 4)))

    def found_in(self, text: str) -> set[str]:
        """Which of the numbers stand there, however they are parted."""
        runs = LONG_NUMBER.findall(GAP.sub("", text))
        windows = {run[at : at + 16] for run in runs for at in range(len(run) - 15)}
        return windows & self.where.keys()


def _card(run: Run) -> str:
    digits = [4, *(run.random.randrange(10) for _ in range(14))]
    doubled = [sum(divmod(2 * digit, 10)) if at % 2 == 0 else digit for at, digit in enumerate(digits)]
    return "".join(map(str, digits)) + str(-sum(doubled) % 10)


def plant(entry: Entry, planted: Planted) -> None:
    """One number in each place of this address, and in the headers of everybody."""
    for where, way in entry.spots():
        entry.send(planted.next(f"{entry.label}, {where} {'.'.join(map(str, way))}"), where, way)
    for header in HEADERS:
        entry.send("", headers={header: planted.next(f"{entry.label}, header {header}")})


def kept(planted: Planted, lines: Iterable[str] = ()) -> list[str]:
    """What of it stands in the database, in Redis, in mails, in logs or in a file."""
    write_waiting()
    places: list[tuple[str, Iterable[str]]] = [*_tables(), ("Redis", _redis()), ("the files", _files())]
    places += [("a mail", (str(one.message()) for one in getattr(mail, "outbox", []))), ("the logs", lines)]
    found = []
    for place, texts in places:
        for card in sorted({card for text in texts for card in planted.found_in(text)}):
            found.append(f"{place} keeps what was sent to {planted.where[card]}")
    return found


def _tables() -> Iterator[tuple[str, Iterable[str]]]:
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        names = owner.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1"
        ).fetchall()
        for (name,) in names:
            raw = owner.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND atttypid = 'bytea'::regtype",
                [f'"{name}"'],
            ).fetchall()
            parts = [sql.SQL("encode({}, 'escape')").format(sql.Identifier(column)) for (column,) in raw]
            asked = sql.SQL("SELECT concat_ws(' ', {}) FROM {} t").format(
                sql.SQL(", ").join([sql.SQL("t::text"), *parts]), sql.Identifier(name)
            )
            yield name, [row[0] for row in owner.execute(asked)]


def _redis() -> Iterator[str]:
    client: Any = redis.Redis.from_url(settings.REDIS_URL, decode_responses=True, encoding_errors="replace")
    read = {
        "string": client.get, "hash": client.hgetall, "set": client.smembers, "stream": client.xrange,
        "list": lambda key: client.lrange(key, 0, -1), "zset": lambda key: client.zrange(key, 0, -1),
    }  # fmt: skip
    for key in client.scan_iter():
        yield f"{key} {read[client.type(key)](key)}"


def _files() -> Iterator[str]:
    for file in Path(settings.STATE_DIR).rglob("*"):
        if file.is_file() and "postgres" not in file.parts and file.stat().st_size < 50_000_000:
            yield f"{file.name} {file.read_bytes().decode('latin-1')}"


@contextmanager
def logged() -> Iterator[list[str]]:
    """Every line as the house would write it."""
    lines: list[str] = []
    written = logging.getLogger().handlers[0]

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler = Kept(logging.INFO)
    handler.setFormatter(written.formatter)
    for one in written.filters:
        handler.addFilter(one)
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def plant_everywhere(run: Run) -> None:
    """Each trial: one address, a number in every place of it; now and then all stores are searched."""
    tireless_house()
    planted, told = Planted(run), set[str]()
    with logged() as lines:
        for entry, trial in zip(every_entry(), run, strict=False):
            hear_unattacked(run, entry)
            plant(entry, planted)
            if trial % EVERY == 0:
                told |= set(kept(planted, lines))
        told |= set(kept(planted, lines))
    for one in sorted(told):
        run.violated(one)


batteries.add("cards", Battery("A card's number typed anywhere is kept nowhere (XA4)", plant_everywhere))
