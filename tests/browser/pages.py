"""Every page people see: add a row when you add a page, and it is looked at in four variants."""

from __future__ import annotations

import re
from dataclasses import dataclass

KILOBYTE = 1000


@dataclass(frozen=True)
class PageCase:
    """An address, who opens it, and the bytes it may weigh cold."""

    url: str
    who: str = ""
    status: int = 200
    most_bytes: int = 150 * KILOBYTE

    @property
    def name(self) -> str:
        return re.sub(r"[^a-z]+", "_", f"{self.who or 'anyone'}{self.url}").strip("_")


PAGES = [
    PageCase("/login"),
    PageCase("/status/"),
    PageCase("/no-such-page", status=404),
    PageCase("/exec/", "ines", status=403),
    PageCase("/exec/", "eva"),
    PageCase("/ops/", "fred"),
    PageCase("/ops/", "petra"),
    PageCase("/ops/", "adam"),
    PageCase("/ops/approvals", "petra"),
    PageCase("/ops/approvals?view=settled", "fred"),
    PageCase("/ops/approvals/several", "petra"),
    PageCase("/ops/approvals/amounts", "petra"),
    PageCase("/ops/approvals/amounts/ask", "fred"),
    PageCase("/ops/health", "adam"),
    PageCase("/ops/health/backups", "udo"),
    PageCase("/ops/news", "adam"),
    PageCase("/ops/ledger/", "fred"),
    PageCase("/ops/ledger/accounts", "udo"),
    PageCase("/ops/ledger/trial-balance", "eva"),
    PageCase("/ops/ledger/ageing", "fred"),
    PageCase("/ops/ledger/splits", "fred"),
    PageCase("/ops/ledger/splits/ask", "fred"),
    PageCase("/ops/reconciliation", "fred"),
    PageCase("/ops/trust/limits", "fred"),
    PageCase("/ops/trust/limits/ask?name=fan-hour", "eva"),
    PageCase("/ops/payments", "fred"),
    PageCase("/ops/payments?q=nobody", "susi"),
    PageCase("/ops/payments/review", "petra"),
    PageCase("/ops/payouts", "fred"),
    PageCase("/ops/payouts?late=on&rail=ach", "susi"),
    PageCase("/ops/payouts/calendar", "fred"),
    PageCase("/ops/questions", "susi"),
    PageCase("/compliance/tax", "carl"),
    PageCase("/compliance/tax?view=documents", "carl"),
    PageCase("/ops/payouts/emergency", "fred"),
    PageCase("/ops/payouts/figures", "eva"),
    PageCase("/ops/holds", "rolf"),
    PageCase("/ops/holds?view=notes", "fred"),
    PageCase("/ops/webhooks", "fred"),
    PageCase("/ops/webhooks?view=calls", "udo"),
    PageCase("/crisis/", "fred"),
    PageCase("/ops/approvals/ask/role", "adam"),
    PageCase("/mod/", "ines"),
    PageCase("/compliance/", "carl"),
    PageCase("/compliance/", "udo"),
    PageCase("/compliance/escalations", "carl"),
    PageCase("/compliance/escalations?view=resolved&department=LEGAL", "lena"),
    PageCase("/compliance/audit", "carl"),
    PageCase("/compliance/audit?q=nobody&outcome=read", "udo"),
    PageCase("/compliance/audit/packs", "udo"),
    PageCase("/compliance/audit/packs/ask", "carl"),
    PageCase("/developers/", "dev"),
    PageCase("/developers/guide", "dev"),
    PageCase("/developers/keys", "dev"),
    PageCase("/developers/webhooks", "dev"),
    PageCase("/developers/requests", "dev"),
    PageCase("/developers/events", "dev"),
    PageCase("/developers/sandbox", "dev"),
    PageCase("/developers/changelog", "dev"),
    PageCase("/search", "susi"),
    PageCase("/search?q=nobody", "maya", most_bytes=120 * KILOBYTE),
    PageCase("/support/", "susi"),
    PageCase("/starz/", "maya", most_bytes=120 * KILOBYTE),
    PageCase("/starz/payouts", "maya", most_bytes=120 * KILOBYTE),
    PageCase("/starz/payouts?view=over", "maya", most_bytes=120 * KILOBYTE),
    PageCase("/starz/calendar", "maya", most_bytes=120 * KILOBYTE),
    PageCase("/starz/standing", "maya", most_bytes=120 * KILOBYTE),
    PageCase("/starz/statements", "maya", most_bytes=120 * KILOBYTE),
    PageCase("/starz/tax", "maya", most_bytes=120 * KILOBYTE),
    PageCase("/starz/tax/sign?form=W-8BEN", "maya", most_bytes=120 * KILOBYTE),
    PageCase("/starz/settings/methods", "maya", most_bytes=120 * KILOBYTE),
    PageCase("/starz/settings/methods/add", "maya", most_bytes=120 * KILOBYTE),
    PageCase("/starz/settings/methods/add?rail=wire", "maya", most_bytes=120 * KILOBYTE),
    PageCase("/wallet/", "sam", most_bytes=120 * KILOBYTE),
    PageCase("/", "otto"),
    PageCase("/account/password/reset"),
    PageCase("/account/password/reset/sent"),
    PageCase("/account/password/reset/0-0"),
    PageCase("/account/password/reset/done"),
    PageCase("/account/inactive"),
    PageCase("/account/address/letter"),
    PageCase("/invite/gone", status=404),
    PageCase("/handoff/gone", status=404),
    PageCase("/logout", "ines"),
    PageCase("/account/keys", "ines"),
    PageCase("/account/keys/add", "maya", most_bytes=120 * KILOBYTE),
    PageCase("/account/confirm", "ines"),
    PageCase("/account/profile", "ines"),
    PageCase("/account/address", "maya"),
    PageCase("/account/appearance", "maya"),
    PageCase("/account/sessions", "ines"),
    PageCase("/account/security", "ines"),
    PageCase("/account/notifications", "maya"),
    PageCase("/account/security/password", "maya"),
    PageCase("/account/security/totp", "maya"),
    PageCase("/admin/", "adam"),
    PageCase("/admin/identity/user/", "adam"),
]
