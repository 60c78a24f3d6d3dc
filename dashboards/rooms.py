"""Who finds what in the left rail. A link is shown once its page exists and its reader may open it."""

from __future__ import annotations

from dataclasses import dataclass

from foundation.identity.roles import Role


@dataclass(frozen=True, slots=True)
class Door:
    """A link of the rail, by the name of its view."""

    label: str
    view_name: str
    icon: str


@dataclass(frozen=True, slots=True)
class Room:
    """An audience: the roles that live here, their home, and at most eight links."""

    title: str
    roles: frozenset[str]
    home: str
    doors: tuple[Door, ...]


APPROVALS = Door("Approvals", "ops:approvals", "inbox")
PAYMENTS = Door("Payments", "ops:payments", "money")
PAYOUTS = Door("Payouts", "ops:payouts", "arrow-up")
LEDGER = Door("Ledger", "ops:ledger", "chart")
ESCALATIONS = Door("Escalations", "compliance:escalations", "shield")
AUDIT = Door("Audit", "compliance:audit", "audit")
SWITCHES = Door("Switches", "crisis:switches", "switch")
LIMITS = Door("Limits", "ops:trust_limits", "lock")
HEALTH = Door("Health", "ops:health", "pulse")
BACK_OFFICE = Door("Back office", "admin:index", "people")
TOLD = Door("Notifications", "account:notifications", "bell")
STATEMENTS = Door("Statements", "starz:statements", "chart")
MY_PAYOUTS = Door("Payouts", "starz:payouts", "money")
MY_CALENDAR = Door("Calendar", "starz:calendar", "clock")
MY_STANDING = Door("Standing", "starz:standing", "shield")
TAX = Door("Tax", "starz:tax", "audit")
PAID_TO = Door("Payout methods", "starz:methods", "settings")
KEYS = Door("Keys", "developers:keys", "key")
HOOKS = Door("Webhooks", "developers:webhooks", "out")
REQUESTS = Door("Requests", "developers:requests", "audit")
EVENTS = Door("Events", "developers:events", "code")
SANDBOX = Door("Sandbox", "developers:sandbox", "flask")
CHANGES = Door("Changes", "developers:changelog", "clock")
STATUS = Door("System status", "status:page", "pulse")


def _room(title: str, roles: set[Role], home: str, *doors: Door, label: str = "Home") -> Room:
    return Room(title, frozenset(map(str, roles)), home, (Door(label, home, "home"), *doors))


MODERATION = {Role.MODERATOR, Role.FRAUD_DETECTOR, Role.FRAUD_RESPONDER, Role.APPEALS_REVIEWER}
ROOMS = (
    _room(
        "Executive",
        {Role.EXECUTIVE},
        "exec:home",
        *(APPROVALS, PAYMENTS, PAYOUTS, LEDGER, SWITCHES, AUDIT, BACK_OFFICE),
    ),
    _room(
        "Finance operations",
        {Role.FINANCE, Role.APPROVER},
        "ops:home",
        *(APPROVALS, PAYMENTS, PAYOUTS, LEDGER, SWITCHES, AUDIT, BACK_OFFICE),
        label="My queue",
    ),
    _room(
        "Administration",
        {Role.ADMIN},
        "ops:home",
        *(APPROVALS, HEALTH, PAYMENTS, PAYOUTS, SWITCHES, AUDIT, BACK_OFFICE),
        label="My queue",
    ),
    _room(
        "Moderation", MODERATION, "mod:home", APPROVALS, LIMITS, SWITCHES, TOLD, BACK_OFFICE, STATUS, label="My queue"
    ),
    _room(
        "Compliance",
        {Role.COMPLIANCE, Role.LEGAL, Role.AUDITOR},
        "compliance:home",
        *(ESCALATIONS, AUDIT, PAYOUTS, PAYMENTS, LEDGER, APPROVALS, SWITCHES, BACK_OFFICE),
    ),
    _room("Support", {Role.SUPPORT}, "support:home", PAYMENTS, PAYOUTS, TOLD, BACK_OFFICE, STATUS),
    _room(
        "Creator portal",
        {Role.CREATOR},
        "starz:home",
        MY_PAYOUTS,
        MY_CALENDAR,
        STATEMENTS,
        TAX,
        MY_STANDING,
        PAID_TO,
        TOLD,
    ),
    _room("Developers", {Role.DEVELOPER}, "developers:home", KEYS, HOOKS, REQUESTS, EVENTS, SANDBOX, CHANGES, TOLD),
    _room("Wallet", {Role.FAN}, "wallet:home", TOLD, STATUS),
)


def rooms_of(roles: frozenset[str]) -> list[Room]:
    """Every room these roles live in; the first is home."""
    return [room for room in ROOMS if not roles.isdisjoint(room.roles)]
