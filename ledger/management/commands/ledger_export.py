from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from foundation import clock
from foundation.commands import Exit, FanzCommand, moment
from ledger.exports import Format, export_statement, export_trial_balance
from ledger.selectors import account_called, get_trial_balance, one_moment

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


class Command(FanzCommand):
    help = "Write an account's statement or the trial balance to a file, as csv, jsonl or pdf."
    takes_as_of = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["statement", "trial-balance"])
        parser.add_argument("--account", metavar="NAME", help="The account's number or path, for a statement.")
        parser.add_argument(
            "--since", type=moment, default=BEGINNING, metavar="TIME", help="The statement begins here."
        )
        parser.add_argument("--format", type=Format, choices=list(Format), default=Format.CSV)
        parser.add_argument("--out", type=Path, required=True, metavar="FILE")

    def run(self, **options: Any) -> dict[str, Any]:
        form: Format = options["format"]
        if options["what"] == "trial-balance":
            parts = export_trial_balance(get_trial_balance(at=self.as_of), form=form)
        elif options["account"]:
            account, until = account_called(options["account"]), self.as_of or clock.now()
            parts = export_statement(account, options["since"], until, form=form, within=one_moment)
        else:
            raise CommandError("a statement needs --account", returncode=Exit.USAGE)
        size = 0
        try:
            with options["out"].open("wb") as file:
                for part in parts:
                    size += file.write(part)
        except OSError as error:
            raise CommandError(f"{options['out']} cannot be written: {error.strerror}") from error
        return {"file": str(options["out"]), "format": str(form), "bytes": size}
