"""Pages and acts that can be gone to by their name. Which of them a reader is shown, the access table says."""

from __future__ import annotations

from dataclasses import dataclass

from dashboards import rooms, shell
from dashboards.rooms import ROOMS, Door


@dataclass(frozen=True, slots=True)
class Place:
    """A page, and the words besides its name by which people look for it."""

    label: str
    view_name: str
    icon: str
    words: str = ""

    def fits(self, words: list[str]) -> bool:
        """Whether each of these words begins one of its own."""
        own = f"{self.label} {self.words}".casefold().split()
        return all(any(word.startswith(part) for word in own) for part in words)


WORDS = {
    rooms.APPROVALS: "decide requests four eyes",
    rooms.PAYMENTS: "charges sales refund void purchase",
    rooms.PAYOUTS: "pay creators escrow",
    rooms.LEDGER: "books accounts balances entries",
    rooms.SWITCHES: "crisis kill stop pause",
    rooms.AUDIT: "records chain who did what",
    rooms.LIMITS: "trust spending",
    rooms.BACK_OFFICE: "admin people platforms tables",
    rooms.KEYS: "programs clients secret token api",
    rooms.HOOKS: "endpoints deliveries replay",
    rooms.REQUESTS: "log api calls idempotency",
    rooms.EVENTS: "topics payload webhooks",
    rooms.SANDBOX: "clock scenarios test",
    rooms.CHANGES: "changelog versions api",
    rooms.PAID_TO: "bank account iban",
    rooms.TAX: "w-9 w-8 1099 form",
    rooms.STATEMENTS: "pdf csv earnings month",
}
BESIDES = (
    Place("Payments in review", "ops:payments_review", "search", "parked decide"),
    Place("What providers told", "ops:webhooks", "mail", "webhooks calls"),
    Place("Holds", "ops:holds", "stop", "freezes frozen release"),
    Place("Payout calendar", "ops:payout_calendar", "clock", "cash need days holidays"),
    Place("Payout figures", "ops:payout_figures", "chart", "quality false positives"),
    Place("Questions of creators", "ops:questions", "help", "support answer"),
    Place("Ask for an emergency payout", "ops:payout_emergency", "siren", "command"),
    Place("Ledger accounts", "ops:ledger_accounts", "chart", "list"),
    Place("Trial balance", "ops:trial_balance", "chart", "books sums"),
    Place("Ageing", "ops:ageing", "clock", "receivables open"),
    Place("Splits", "ops:splits", "chart", "fees shares rates"),
    Place("Ask for another split", "ops:ask_split", "chart", "command change fee"),
    Place("Reconciliation", "ops:reconciliation", "check", "differences breaks statements"),
    Place("Health of the house", "ops:health", "pulse", "doctor backup drill restore"),
    Place("How backups are made and brought back", "ops:backup_handbook", "pulse", "restore drill copy manual"),
    Place("News and parked letters", "ops:news", "mail", "events outbox"),
    Place("Ask for a role", "ops:ask_role", "person", "command grant staff"),
    Place("Packs of audit records", "compliance:audit_packs", "download", "export proof signed"),
    Place("Ask for a pack of audit records", "compliance:ask_audit_pack", "download", "command export proof"),
    Place("Large amounts", "ops:amount_bounds", "lock", "bounds approvals how many people"),
    Place("Ask for a bound for amounts", "ops:ask_amount_bound", "lock", "command change large amounts"),
    Place("Ask for another limit", "ops:ask_trust_limit", "lock", "command change"),
    Place("Tax papers", "compliance:tax", "audit", "1099 w-9 forms"),
    Place("Sign a tax form", "starz:tax_sign", "audit", "w-9 w-8"),
    Place("Add a payout method", "starz:method_add", "money", "command bank paxum iban"),
    Place("Change your password", "account_change_password", "lock", "security"),
    Place("Set up a second factor", "account:totp", "shield", "totp authenticator code"),
    Place("Passkeys", "account:keys", "key", "webauthn security key finger face second factor"),
    Place("Add a passkey", "account:key_add", "key", "webauthn security command"),
    Place("Change your address", "account:address", "mail", "e-mail"),
    Place("Guide: taking payments", "developers:guide", "code", "integration start tutorial curl api"),
    Place("API: try it", "docs", "code", "swagger openapi"),
    Place("API: read it", "redoc", "code", "redoc openapi reference"),
    Place("API: problems", "problems", "warn", "errors codes refusals"),
)


def _all() -> tuple[Place, ...]:
    homes = [Door(f"Home: {room.title}", room.home, "home") for room in ROOMS]
    doors = [*homes, *(door for room in ROOMS for door in room.doors if door.view_name != room.home), *shell.ACCOUNT]
    first = {door.view_name: door for door in reversed(doors)}
    named = [Place(door.label, door.view_name, door.icon, WORDS.get(door, "")) for door in first.values()]
    return (*reversed(named), *BESIDES)


PLACES = _all()
