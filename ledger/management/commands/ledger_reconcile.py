from __future__ import annotations

import csv
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from foundation import clock
from foundation.commands import Exit, FanzCommand, moment
from foundation.errors import Invalid
from foundation.money import EXPONENTS, Money
from ledger.reconciliation.selectors import count_open_breaks
from ledger.reconciliation.services import import_statement, reconcile
from ledger.reconciliation.types import LineIn

COLUMNS = ("reference", "amount_minor", "currency", "at")
OF_A_STATEMENT = ("book", "file", "reference", "since", "until")


class Command(FanzCommand):
    help = "Hold the books against themselves and others' statements (--file); ends with 6 while differences are open."
    writes = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--book", help="Whose statement it is.")
        parser.add_argument("--file", type=Path, help=f"CSV with the columns {', '.join(COLUMNS)}.")
        parser.add_argument("--reference", help="The statement's own number.")
        parser.add_argument("--since", type=moment, metavar="TIME", help="The statement begins here.")
        parser.add_argument("--until", type=moment, metavar="TIME", help="It ends before this moment.")

    def run(self, **options: Any) -> dict[str, Any]:
        given = {name: options[name] for name in OF_A_STATEMENT}
        answer: dict[str, Any] = {}
        if any(given.values()):
            if not all(given.values()):
                raise CommandError(
                    "a statement needs " + ", ".join(f"--{name}" for name in given), returncode=Exit.USAGE
                )
            lines = read_lines(given.pop("file"))
            imported = import_statement(**given, lines=lines, by=self.actor, at=clock.now())
            answer = {"statement_id": imported.statement_id, "is_new": imported.is_new, "lines": imported.lines}
            answer |= {"lines_matched": imported.matched, "statement_breaks": imported.opened}
        else:
            answer = reconcile(by=self.actor, at=clock.now())
        waiting = count_open_breaks()
        self.exit_code = Exit.FINDINGS if waiting else Exit.OK
        return {**answer, "open_breaks": waiting}


def read_lines(file: Path) -> list[LineIn]:
    """The lines of a CSV file; Invalid names the first that cannot be read."""
    try:
        with file.open(newline="", encoding="utf-8-sig") as opened:
            rows = list(csv.DictReader(opened))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Invalid("ledger.recon_file", "The file cannot be read.", file=str(file)) from error
    lines = []
    for number, row in enumerate(rows, 1):
        try:
            currency = row["currency"]
            if currency not in EXPONENTS:
                raise ValueError(currency)
            lines.append(LineIn(row["reference"], Money(int(row["amount_minor"]), currency), moment(row["at"])))
        except (KeyError, TypeError, ValueError, OverflowError, ArgumentTypeError) as error:
            raise Invalid("ledger.recon_line", "A line cannot be read.", line=number) from error
    return lines
