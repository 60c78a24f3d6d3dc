"""XW4: no word of a request becomes part of a statement, whatever quotes, brackets and statements it brings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from django.db import connections
from django.http import HttpResponseBase
from psycopg import sql

from fanzmoney.trials.fuzzing.inside import shown_in
from fanzmoney.trials.hostile.entries import Entry, every_entry, hear_unattacked, tireless_house
from foundation import prepared
from foundation.faults import Battery, Run, batteries

MARK = "zqx7"
NO_ROOM = 503
ATTACKS = (
    f"{MARK}'", f'{MARK}"', f"{MARK}\\", f"{MARK}`)", f"{MARK}' AND '1'='1", f"{MARK}' AND '1'='2",
    f"{MARK}') OR 1=1 --", f"1 OR {MARK}=1", f"{MARK}'||pg_sleep(2)||'", f"1;SELECT pg_sleep(2),'{MARK}'--",
    f"$${MARK}$$;VACUUM", f"-id,(SELECT {MARK})", f"{MARK}__name__contains", f"%' ESCAPE '{MARK}",
)  # fmt: skip


@contextmanager
def watched(told: list[str]) -> Iterator[None]:
    """Notes every statement of this thread whose text, beside its parameters, holds the mark."""

    def look(execute: Callable[..., Any], statement: Any, *rest: Any) -> Any:
        if MARK in text_of(statement):
            told.append(text_of(statement)[:300])
        return execute(statement, *rest)

    run = prepared.run

    def look_at_prepared(statement: str, *values: Any) -> Any:
        return look(run, statement, *values)

    with ExitStack() as stack:
        stack.enter_context(patch.object(prepared, "run", look_at_prepared))
        for connection in connections.all():
            stack.enter_context(connection.execute_wrapper(look))
        yield


def text_of(statement: Any) -> str:
    """What is sent as it stands: of a composed statement its literals and names are quoted, so they are left out."""
    if isinstance(statement, sql.Composed):
        return "".join(map(text_of, statement))
    if isinstance(statement, sql.SQL):
        return str(statement.as_string())
    return statement if isinstance(statement, str) else ""


def inject(run: Run, entry: Entry) -> int:
    """Each attack in each place of this address; returns how many requests that were."""
    asked = 0
    for where, way in entry.spots():
        for attack in ATTACKS:
            told: list[str] = []
            with watched(told):
                answer = entry.send(attack, where, way)
            asked += 1
            place = f"{entry.label}, {where} {'.'.join(map(str, way))}, {attack!r}"
            if told:
                run.violated(f"{place} becomes part of {told[0]!r}")
            if answer.status_code >= 500 and answer.status_code != NO_ROOM:
                run.violated(f"{place} is answered {answer.status_code}")
            if shown := shown_in(_body_of(answer).replace(attack, ""), {}):
                run.violated(f"{place} shows {shown!r}")
    return asked


def _body_of(answer: HttpResponseBase) -> str:
    raw = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    return bytes(raw).decode(errors="replace")


def inject_everywhere(run: Run, entries: Iterable[Entry] | None = None) -> None:
    """Each trial: one address, every place of it, every attack."""
    if entries is None:
        tireless_house()
        entries = every_entry()
    for entry, _ in zip(entries, run, strict=False):
        hear_unattacked(run, entry)
        inject(run, entry)


batteries.add("injections", Battery("No word of a request becomes part of a statement (XW4)", inject_everywhere))
