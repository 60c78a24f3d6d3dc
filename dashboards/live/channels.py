"""Who may hear what: the channels, the kinds of message, and which news become which."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from foundation.actors import Actor, ActorKind
from foundation.events.following import Heard
from foundation.identity.roles import STAFF_ROLES, Role
from foundation.identity.scopes import Scope


class Channel(StrEnum):
    EXECUTIVE = "money.executive"
    CREATOR = "money.creator"
    MODERATION = "money.moderation"
    CRISIS = "money.crisis"
    NOTIFICATIONS = "own.notifications"
    REQUESTS = "own.requests"
    WEBHOOKS = "own.webhooks"


class Kind(StrEnum):
    REVENUE = "revenueUpdate"
    PAYOUT = "payoutComplete"
    RISK = "riskAlert"
    SYSTEM = "systemAlert"
    APPROVAL = "approvalRequired"
    OWN = "ownUpdate"


MODERATION = {Role.MODERATOR, Role.FRAUD_DETECTOR, Role.FRAUD_RESPONDER, Role.APPEALS_REVIEWER}
MONEY = {Role.EXECUTIVE, Role.FINANCE, Role.APPROVER, Role.ADMIN, Role.AUDITOR, Role.COMPLIANCE, Role.LEGAL}
AUDIENCES = {
    Channel.EXECUTIVE: frozenset(map(str, MONEY | {Role.SUPPORT})),
    Channel.MODERATION: frozenset(map(str, MODERATION | MONEY)),
    Channel.CRISIS: STAFF_ROLES,
}
# News by the beginning of their type, the longest that fits: the kind of message, and the channels of staff.
TOLD: dict[str, tuple[Kind, tuple[Channel, ...]]] = {
    "txn.": (Kind.REVENUE, (Channel.EXECUTIVE,)),
    "txn.dispute": (Kind.RISK, (Channel.EXECUTIVE, Channel.MODERATION)),
    "txn.review": (Kind.RISK, (Channel.EXECUTIVE, Channel.MODERATION)),
    "txn.alarm": (Kind.SYSTEM, (Channel.EXECUTIVE, Channel.CRISIS)),
    "txn.told_given_up": (Kind.SYSTEM, (Channel.EXECUTIVE, Channel.CRISIS)),
    "subscription.": (Kind.REVENUE, (Channel.EXECUTIVE,)),
    "crypto.": (Kind.REVENUE, (Channel.EXECUTIVE,)),
    "crypto.reorganised": (Kind.SYSTEM, (Channel.EXECUTIVE, Channel.CRISIS)),
    "payout.": (Kind.PAYOUT, (Channel.EXECUTIVE,)),
    "payout.alarm": (Kind.SYSTEM, (Channel.EXECUTIVE, Channel.CRISIS)),
    "freeze.": (Kind.RISK, (Channel.EXECUTIVE, Channel.MODERATION)),
    "integrity.": (Kind.RISK, (Channel.MODERATION,)),
    "account.restricted": (Kind.RISK, (Channel.MODERATION,)),
    "account.unrestricted": (Kind.RISK, (Channel.MODERATION,)),
    "compliance.escalation.": (Kind.RISK, (Channel.MODERATION,)),
    "approval.": (Kind.APPROVAL, (Channel.EXECUTIVE, Channel.MODERATION)),
    "switch.": (Kind.SYSTEM, (Channel.CRISIS,)),
    "letter.": (Kind.SYSTEM, (Channel.CRISIS,)),
    "recon.": (Kind.SYSTEM, (Channel.EXECUTIVE, Channel.CRISIS)),
    "split.": (Kind.SYSTEM, (Channel.EXECUTIVE,)),
    "trust.limit.": (Kind.SYSTEM, (Channel.EXECUTIVE, Channel.MODERATION)),
}
# What a creator hears of their own: in words of theirs, never why the house did it.
OF_CREATORS: dict[str, tuple[Kind, str]] = {
    "payout.": (Kind.PAYOUT, "payout"),
    "payout_method.": (Kind.PAYOUT, "method"),
    "freeze.": (Kind.PAYOUT, "payout"),
    "integrity.": (Kind.PAYOUT, "standing"),
    "txn.capture": (Kind.REVENUE, "earnings"),
    "txn.refund": (Kind.REVENUE, "earnings"),
    "txn.dispute": (Kind.REVENUE, "earnings"),
}
FACTS = (
    "amount_minor", "currency", "kind", "key", "rail", "severity", "outcome", "state", "due_at",
    "payment_id", "payout_id", "refund_id", "dispute_id", "approval_id", "escalation_id",
)  # fmt: skip
FACTS_OF_CREATORS = ("payout_id",)
AMOUNT = ("amount_minor", "currency")
# What a program hears of its platform, by the whole type: no more than webhooks tell it (products/fanzpay/hooks.py).
OF_PROGRAMS: dict[str, tuple[str, ...]] = {
    "txn.action_required": ("payment_id",),
    "txn.auth": ("payment_id", *AMOUNT),
    "txn.capture": ("payment_id", *AMOUNT),
    "txn.capture_undone": ("payment_id", *AMOUNT),
    "txn.declined": ("payment_id", *AMOUNT),
    "txn.ended": ("payment_id", "state"),
    "txn.refund": ("payment_id", "refund_id", *AMOUNT),
    "txn.refund_failed": ("payment_id", "refund_id", *AMOUNT),
    "subscription.started": ("subscription_id", *AMOUNT),
    "subscription.renewed": ("subscription_id", "payment_id"),
    "subscription.past_due": ("subscription_id",),
    "subscription.cancelled": ("subscription_id",),
    "subscription.ended": ("subscription_id",),
}


@dataclass(frozen=True, slots=True)
class Said:
    """One piece of news as those who listen at one place may hear it."""

    place: str
    kind: Kind
    news: Heard
    event: dict[str, Any]


def places_for(actor: Actor) -> dict[str, str]:
    """The channels this caller may hear, each with the place where its share of the news is told."""
    if actor.kind is ActorKind.CLIENT:
        may_hear = Scope.PAYMENTS_READ in actor.scopes
        return {Channel.EXECUTIVE.value: f"{Channel.EXECUTIVE} {actor.platform}"} if may_hear else {}
    found = {channel.value: channel.value for channel, roles in AUDIENCES.items() if actor.has_role(*roles)}
    if actor.has_role(Role.CREATOR) and actor.party_id is not None:
        found[Channel.CREATOR.value] = f"{Channel.CREATOR} {actor.party_id}"
    if actor.kind is ActorKind.USER:
        found[Channel.NOTIFICATIONS.value] = f"{Channel.NOTIFICATIONS} {actor.id}"
    if actor.has_role(Role.DEVELOPER) and actor.platform_id is not None:
        found |= {channel.value: f"{channel} {actor.platform_id}" for channel in (Channel.REQUESTS, Channel.WEBHOOKS)}
    return found


def said_of(news: Heard) -> Iterator[Said]:
    """Every place at which this is told, and what is told there."""
    if topic := _longest(TOLD, news.type):
        kind, channels = TOLD[topic]
        event = {"name": news.type, **_facts(news, FACTS)}
        for channel in channels:
            yield Said(channel.value, kind, news, event)
    if news.platform_id is not None and (facts := OF_PROGRAMS.get(news.type)):
        event = {"name": news.type, **_facts(news, facts)}
        yield Said(f"{Channel.EXECUTIVE} {news.platform_id}", Kind.REVENUE, news, event)
    creator = news.payload.get("creator_id")
    if creator and (topic := _longest(OF_CREATORS, news.type)):
        kind, word = OF_CREATORS[topic]
        yield Said(f"{Channel.CREATOR} {creator}", kind, news, {"name": word, **_facts(news, FACTS_OF_CREATORS)})


def _facts(news: Heard, named: tuple[str, ...]) -> dict[str, Any]:
    return {name: news.payload[name] for name in named if news.payload.get(name) is not None}


def _longest(table: dict[str, Any], type: str) -> str:
    return max((topic for topic in table if type.startswith(topic)), key=len, default="")
