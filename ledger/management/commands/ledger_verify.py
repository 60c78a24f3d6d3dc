from typing import Any

from django.core.management.base import CommandParser

from foundation.commands import Exit, FanzCommand
from ledger import verification
from ledger.verification.checks import CHECKS


class Command(FanzCommand):
    help = "Compute every balance, version, hold and reversal again from the movements, and prove the seals."

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--without-seals", action="store_true", help="Leave the chain of blocks out.")

    def run(self, **options: Any) -> dict[str, Any]:
        with self.progress("checks", len(CHECKS)) as progress:
            report = verification.verify(with_seals=not options["without_seals"], advance=progress.advance)
        self.exit_code = Exit.FINDINGS if report.findings else Exit.OK
        return report.as_dict()

    def present(self, answer: dict[str, Any]) -> None:
        self.stdout.write(
            f"{answer['transfers']:,} transfers on {answer['accounts']:,} accounts, {answer['blocks']:,} blocks, "
            f"{sum(answer['seconds'].values()):.1f} s"
        )
        for finding in answer["findings"]:
            self.stdout.write(f"{finding['check']}: {finding['subject']} {finding['detail']}")
        self.stdout.write(
            f"{answer['findings_total']} findings" if answer["findings_total"] else "The books are sound."
        )
