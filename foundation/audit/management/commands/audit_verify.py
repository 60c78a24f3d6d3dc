from typing import Any

from django.core.management.base import CommandParser

from foundation.commands import Exit, FanzCommand
from foundation.seal.models import SealBlock
from foundation.seal.selectors import proof_of
from foundation.seal.services import seal_source
from foundation.seal.verify import verify_all, verify_new


class Command(FanzCommand):
    help = "Prove that no audit record was edited, deleted, inserted or moved; ends with 6 when something was."

    def add_options(self, parser: CommandParser) -> None:
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument("--new", action="store_true", help="Only the blocks since the last look.")
        choice.add_argument("--proof", type=int, metavar="RECORD", help="Print the proof that this record is sealed.")

    def run(self, *, new: bool, proof: int | None, **_: Any) -> dict[str, Any]:
        seal_source("audit")
        if proof is not None:
            return proof_of("audit", proof)
        if new:
            report = verify_new("audit")
        else:
            with self.progress("Verifying", SealBlock.objects.filter(source="audit").count()) as progress:
                report = verify_all("audit", advance=progress.advance)
        if report.findings:
            self.exit_code = Exit.FINDINGS
        return report.as_dict()

    def present(self, answer: dict[str, Any]) -> None:
        if "findings" not in answer:
            return super().present(answer)
        for finding in answer["findings"]:
            block = f"block #{finding['block']}: " if finding["block"] else ""
            self.stdout.write(self.style.ERROR(f"{block}{finding['detail']} ({finding['kind']})"))
        self.stdout.write(
            f"Verified to block #{answer['verified_to']}: {answer['rows']:,} records in {answer['blocks']:,} blocks, "
            f"{answer['roots_checked']} roots kept outside, {answer['findings_total']} findings."
        )
