from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError, CommandParser

from compliance.packs.agreeing import KIND, NOTHING
from compliance.packs.services import take
from foundation import clock
from foundation.approvals.errors import needs_approval
from foundation.approvals.selectors import url_of
from foundation.approvals.services import request_approval
from foundation.commands import Exit, FanzCommand, moment


class Command(FanzCommand):
    help = "Ask for a pack of audit records with proof (ends with 4 and the request), or take one that is ready."
    writes = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--since", type=moment, help="The first moment that belongs to it.")
        parser.add_argument("--until", type=moment, help="The first moment that no longer does; now at the latest.")
        for name in ("by", "action", "subject-type", "subject", "outcome"):
            parser.add_argument(f"--{name}", default="", help="Only these records.")
        parser.add_argument("--personal-because", default="", help="Pack addresses and agents too, for this reason.")
        parser.add_argument("--reason", default="", help="Whoever decides reads it.")
        parser.add_argument("--take", type=UUID, metavar="ID", help="A pack you asked for.")
        parser.add_argument("--out", type=Path, help="Where it is written.")

    def run(self, **options: Any) -> dict[str, Any]:
        if options["take"]:
            return self._taken(options["take"], options["out"])
        if not options["since"] or not options["until"]:
            raise CommandError("--since and --until say which records", returncode=Exit.USAGE)
        asked = request_approval(
            kind=KIND, payload=_payload(options), reason=options["reason"], by=self.actor, at=clock.now()
        )
        raise needs_approval(url_of(asked.pk), pack=asked.pk)

    def _taken(self, pack_id: UUID, out: Path | None) -> dict[str, Any]:
        if out is None:
            raise CommandError("--out says where the pack is written", returncode=Exit.USAGE)
        with out.open("xb") as file:
            size = sum(file.write(part) for part in take(pack_id, by=self.actor, at=clock.now()))
        return {"pack": pack_id, "file": str(out), "bytes": size}


def _payload(options: dict[str, Any]) -> dict[str, str]:
    return {
        **NOTHING, "since": options["since"].isoformat(), "until": min(options["until"], clock.now()).isoformat(),
        "actor": options["by"], "action": options["action"], "subject_type": options["subject_type"],
        "subject_id": options["subject"], "outcome": options["outcome"], "personal_why": options["personal_because"],
    }  # fmt: skip
