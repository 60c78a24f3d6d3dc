from typing import Any

from django.core.management.base import CommandParser

from foundation.commands import Exit, FanzCommand
from foundation.http.amounts import plain_amount
from ledger.selectors import get_trial_balance
from ledger.types import Time


class Command(FanzCommand):
    help = "Print the trial balance, now or as of a moment, with the proof of zero; ends with 6 when it is not zero."
    takes_as_of = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--recorded", action="store_true", help="By the time of recording, not of effect.")

    def run(self, **options: Any) -> dict[str, Any]:
        time = Time.RECORDED if options["recorded"] else Time.EFFECTIVE
        balance = get_trial_balance(at=self.as_of, time=time)
        self.exit_code = Exit.OK if balance.is_balanced else Exit.FINDINGS
        return {
            "as_of": balance.at,
            "is_balanced": balance.is_balanced,
            "lines": [
                {
                    "kind": line.kind, "purpose": line.purpose, "accounts": line.accounts, "debit": line.debit,
                    "credit": line.credit,
                }
                for line in balance.lines
            ],
            "totals": [
                {"currency": t.currency, "debit": t.debit, "credit": t.credit, "difference": t.difference}
                for t in balance.totals
            ],
        }  # fmt: skip

    def present(self, answer: dict[str, Any]) -> None:
        for line in answer["lines"]:
            name = f"{line['kind']}:{line['purpose']}"
            debit, credit = plain_amount(line["debit"]), plain_amount(line["credit"])
            self.stdout.write(f"{name:<40} {line['accounts']:>9,} {debit:>20} {credit:>20} {line['debit'].currency}")
        for total in answer["totals"]:
            debit, credit = plain_amount(total["debit"]), plain_amount(total["credit"])
            self.stdout.write(f"{'total':<40} {'':>9} {debit:>20} {credit:>20} {total['currency']}")
        self.stdout.write("The books balance." if answer["is_balanced"] else "The books do NOT balance.")
