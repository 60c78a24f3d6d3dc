"""The habits every command of ours has: what it prints, what it never changes, how it ends."""

from __future__ import annotations

import getpass
import json
import os
import sys
from argparse import ArgumentTypeError
from collections.abc import Callable
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.db import OperationalError, connection, transaction

from foundation.actors import Actor, ActorKind
from foundation.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    PayloadMismatch,
    Refusal,
    StepUpRequired,
    Unauthenticated,
    Unavailable,
)
from foundation.money import Money
from foundation.progress import Progress


class Exit(IntEnum):
    """How a command of ours ends."""

    OK = 0
    ERROR = 1
    USAGE = 2
    NOT_FOUND = 3
    NEEDS_APPROVAL = 4
    INVALID = 5
    FINDINGS = 6
    INTERRUPTED = 130


_EXITS: tuple[tuple[tuple[type[Refusal], ...], Exit], ...] = (
    ((NotFound,), Exit.NOT_FOUND),
    ((Conflict, Forbidden, Unauthenticated, PayloadMismatch), Exit.NEEDS_APPROVAL),
    ((Invalid,), Exit.INVALID),
)

_ROWS_WRITTEN = """
SELECT coalesce(pg_partition_root(relid), relid)::regclass::text, sum(n_tup_ins), sum(n_tup_upd), sum(n_tup_del)
FROM pg_stat_xact_user_tables WHERE n_tup_ins + n_tup_upd + n_tup_del > 0 GROUP BY 1 ORDER BY 1
"""

Identify = Callable[[str, str], Actor]
_identify: list[Identify] = []


def identify_people_with(function: Identify) -> None:
    """Say who turns `--actor EMAIL` and `--otp CODE` into an Actor; the room that knows people calls this once."""
    _identify[:] = [function]


def exit_code_of(refusal: Refusal) -> Exit:
    return next((code for kinds, code in _EXITS if isinstance(refusal, kinds)), Exit.ERROR)


def operator() -> Actor:
    """Whoever is logged in on this machine: known by name, trusted with nothing that is guarded."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError):
        name = f"uid {os.getuid()}"
    return Actor(ActorKind.OPERATOR, name, source={"command": " ".join(sys.argv[1:2])})


def moment(text: str) -> datetime:
    """A time with its zone, or the first instant of a day in UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not an ISO 8601 time") from error
    if at.tzinfo is None and len(text) > 10:
        raise ArgumentTypeError(f"{text!r} has no time zone; write 2026-01-31T12:00:00Z")
    try:
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError as error:
        raise ArgumentTypeError(f"{text!r} is beyond the years there are") from error


def positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is not a whole number from 1 up")
    return int(text)


class PlainEncoder(DjangoJSONEncoder):
    """Times in UTC, money as whole minor units with its currency, bytes as hex."""

    def default(self, o: Any) -> Any:
        if isinstance(o, Money):
            return {"amount_minor": o.minor, "currency": o.currency}
        if isinstance(o, datetime) and o.tzinfo is not None:
            return o.astimezone(UTC).isoformat().replace("+00:00", "Z")
        if isinstance(o, bytes | memoryview):
            return bytes(o).hex()
        if isinstance(o, set | frozenset):
            return sorted(o)
        return super().default(o)


def to_json(value: Any, **style: Any) -> str:
    return json.dumps(value, cls=PlainEncoder, ensure_ascii=False, allow_nan=False, **style)


class FanzCommand(BaseCommand):
    """Parse, make one call in `run`, answer with the object it returns; `exit_code` says how it ended."""

    writes = False
    streams = False
    takes_as_of = False
    takes_limit = False
    requires_system_checks: tuple[str, ...] = ()

    actor: Actor
    exit_code: int = Exit.OK
    is_json = is_dry_run = is_silent = False
    as_of: datetime | None = None
    limit: int | None = None

    def add_options(self, parser: CommandParser) -> None:
        """The command's own arguments."""

    def run(self, *args: Any, **options: Any) -> dict[str, Any] | None:
        """Make the call; what is returned is printed as one object."""
        raise NotImplementedError

    def present(self, answer: dict[str, Any]) -> None:
        """Print the answer for a person."""
        for key, value in answer.items():
            self.stdout.write(f"{key}: {value if isinstance(value, str) else to_json(value)}")

    def present_row(self, row: dict[str, Any]) -> None:
        """Print one streamed row for a person."""
        self.stdout.write("  ".join(value if isinstance(value, str) else to_json(value) for value in row.values()))

    def emit(self, row: dict[str, Any]) -> None:
        """Print one row of a stream at once."""
        if self.is_json:
            self.stdout.write(to_json(row))
            self.stdout.flush()
        else:
            self.present_row(row)

    def progress(self, what: str, total: int | None = None) -> Progress:
        """A line with the time left, on a terminal's stderr only."""
        return Progress(self.stderr, what, total)

    def add_arguments(self, parser: CommandParser) -> None:
        shape = "one JSON object per line" if self.streams else "one JSON object"
        parser.add_argument("--json", action="store_true", dest="as_json", help=f"Print {shape} on stdout.")
        parser.add_argument("--no-input", action="store_true", help="Never ask anything.")
        parser.add_argument("--actor", metavar="EMAIL", default="", help="Act as this member of staff.")
        parser.add_argument(
            "--otp", metavar="CODE", default="", help="That person's one-time code, for guarded actions."
        )
        if self.writes:
            parser.add_argument("--dry-run", action="store_true", help="Print what would change, and change nothing.")
        if self.takes_as_of:
            parser.add_argument("--as-of", type=moment, metavar="TIME", help="Look at this past moment (ISO 8601).")
        if self.takes_limit:
            parser.add_argument("--limit", type=positive, metavar="N", help="Stop after this many.")
        self.add_options(parser)

    def handle(self, *_: Any, **options: Any) -> None:
        self.is_json, self.is_silent = options.pop("as_json"), options.pop("no_input")
        self.is_dry_run = options.pop("dry_run", False)
        self.as_of, self.limit = options.pop("as_of", None), options.pop("limit", None)
        email, code = options.pop("actor"), options.pop("otp")
        try:
            self.actor = self._identify(email, code)
            answer = self._run_once_or_asking(email, options)
            if answer is not None:
                if self.is_json:
                    self.stdout.write(to_json(answer))
                else:
                    self.present(answer)
            self.stdout.flush()
        except Refusal as refusal:
            self._end_refused(refusal)
        except OperationalError as error:
            said = str(error).strip().splitlines()
            self._end_refused(Unavailable("database.unavailable", said[0] if said else "The database does not answer."))
        except CommandError as error:
            self._end_refused(Refusal("command.failed", str(error)), error.returncode)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except KeyboardInterrupt:
            self.stderr.write("Stopped.")
            raise SystemExit(Exit.INTERRUPTED) from None
        if self.exit_code:
            raise SystemExit(int(self.exit_code))

    def _identify(self, email: str, code: str) -> Actor:
        if not email:
            if code:
                raise CommandError("--otp needs --actor", returncode=Exit.USAGE)
            return operator()
        return _identify[0](email, code)

    def _run_once_or_asking(self, email: str, options: dict[str, Any]) -> dict[str, Any] | None:
        try:
            return self._run(options)
        except StepUpRequired:
            if not email or self.is_silent or not sys.stdin.isatty():
                raise
            self.actor = self._identify(email, getpass.getpass(f"One-time code of {email}: "))
            return self._run(options)

    def _run(self, options: dict[str, Any]) -> dict[str, Any] | None:
        if not self.is_dry_run:
            return self.run(**options)
        with transaction.atomic():
            before = _rows_written()
            answer = self.run(**options) or {}
            changes = _difference(before, _rows_written())
            transaction.set_rollback(True)
        return {**answer, "dry_run": True, "would_change": changes}

    def _end_refused(self, refusal: Refusal, exit_code: int | None = None) -> NoReturn:
        code = exit_code_of(refusal) if exit_code is None else exit_code
        errors = refusal.errors if isinstance(refusal, Invalid) else []
        if self.is_json:
            problem = {
                "code": refusal.code,
                "title": refusal.title,
                "detail": refusal.detail,
                "status": refusal.status,
                "retryable": refusal.retryable,
                "errors": errors,
                "facts": refusal.facts,
                "exit_code": int(code),
            }
            self.stdout.write(to_json(problem))
        else:
            self.stderr.write(self.style.ERROR(f"{refusal.detail} ({refusal.code})"))
            for error in errors:
                self.stderr.write("  " + "  ".join(map(str, error.values())))
            for name, value in refusal.facts.items():
                self.stderr.write(f"  {name}: {value if isinstance(value, str) else to_json(value)}")
        raise SystemExit(int(code))


def _rows_written() -> dict[str, tuple[int, int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_ROWS_WRITTEN)
        return {table: (int(added), int(changed), int(gone)) for table, added, changed, gone in cursor.fetchall()}


def _difference(
    before: dict[str, tuple[int, int, int]], after: dict[str, tuple[int, int, int]]
) -> dict[str, dict[str, int]]:
    """Rows per table that this run would have added, changed and deleted."""
    changes = {}
    for table, counts in after.items():
        news = [now - then for now, then in zip(counts, before.get(table, (0, 0, 0)), strict=True)]
        if any(news):
            changes[table] = dict(zip(("added", "changed", "deleted"), news, strict=True))
    return changes
