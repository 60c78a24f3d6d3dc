from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import CommandParser

from foundation import clock
from foundation.approvals.errors import needs_approval
from foundation.approvals.selectors import url_of as approval_url
from foundation.commands import FanzCommand, positive
from foundation.switches.selectors import get_switch, list_switches, url_of
from foundation.switches.services import request_resume, stop_switch
from foundation.switches.types import SwitchLine


class Command(FanzCommand):
    help = (
        "List the switches, stop a flow at once (one person, with --actor, --otp and --reason), or ask that it be "
        "resumed (ends with 4 and the address where a second person decides)."
    )
    writes = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("deed", choices=["list", "stop", "resume"])
        parser.add_argument("key", nargs="?", default="", metavar="KEY")
        parser.add_argument("--reason", default="", help="Why; it stays with the switch.")
        parser.add_argument("--hours", type=positive, help="Raise an alarm when it is still stopped after so long.")

    def run(self, deed: str, key: str, reason: str, hours: int | None, **_: Any) -> dict[str, Any]:
        if deed == "list":
            return {"switches": [_shown(line) for line in list_switches(self.actor)]}
        at = clock.now()
        if deed == "stop":
            stop_switch(
                key=key, reason=reason, by=self.actor, at=at,
                expires_at=at + timedelta(hours=hours) if hours else None,
            )  # fmt: skip
            return _shown(get_switch(key, self.actor))
        approval_id = request_resume(key=key, reason=reason, by=self.actor, at=at)
        if self.is_dry_run:
            return {"key": key, "needs_approval": True}
        raise needs_approval(approval_url(approval_id), approval_id=approval_id, switch=key)

    def present(self, answer: dict[str, Any]) -> None:
        for line in answer.get("switches", [answer]):
            self.stdout.write("  ".join(str(line[name]) for name in ("state", "key", "title") if name in line))


def _shown(line: SwitchLine) -> dict[str, Any]:
    return {
        "key": line.declared.key,
        "kind": line.declared.kind,
        "title": line.declared.title,
        "scope": line.declared.scope,
        "state": line.state,
        "value": line.value,
        "version": line.version,
        "reason": line.reason,
        "changed_by": line.changed_by_name,
        "changed_at": line.changed_at,
        "expires_at": line.expires_at,
        "pending_approval": approval_url(line.pending_approval_id) if line.pending_approval_id else None,
        "url": url_of(line.declared.key),
    }
