from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandParser

from foundation import clock
from foundation.commands import FanzCommand, moment
from ledger.exports import line_dict
from ledger.selectors import account_called, iterate_statement
from ledger.types import Time

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


class Command(FanzCommand):
    help = "Print an account's statement, oldest first, each movement with the balance it left."
    streams = True
    takes_as_of = True
    takes_limit = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("account", help="The account's number or path.")
        parser.add_argument("--since", type=moment, default=BEGINNING, metavar="TIME", help="Begin here.")
        parser.add_argument("--until", type=moment, metavar="TIME", help="End before this moment; --as-of, or now.")
        parser.add_argument("--recorded", action="store_true", help="By the time of recording, not of effect.")

    def run(self, **options: Any) -> None:
        account, since = account_called(options["account"]), options["since"]
        until = options["until"] or self.as_of or clock.now()
        time = Time.RECORDED if options["recorded"] else Time.EFFECTIVE
        left, closing = self.limit, None
        for page in iterate_statement(account, since, until, time=time):
            if closing is None:
                self.emit({"kind": "opening", "at": since, "balance": page.opening})
            for line in page.lines if left is None else page.lines[:left]:
                self.emit(line_dict(line))
            closing = page.closing
            if left is not None and (left := left - len(page.lines)) <= 0:
                return
        self.emit({"kind": "closing", "at": until, "balance": closing})

    def present_row(self, row: dict[str, Any]) -> None:
        """A line as a bookkeeper reads it: when, what, with whom, how much, and what it left."""
        when, moved, other = f"{row['at']:%Y-%m-%d %H:%M:%S}", row.get("amount", ""), row.get("other_account") or ""
        self.stdout.write(f"{when}  {row['kind']:<24} {moved!s:>24} {row['balance']!s:>24}  {other}")
