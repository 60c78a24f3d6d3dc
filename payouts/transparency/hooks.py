"""What platforms are told of the payouts of their creators: that they moved, never what a check found."""

from __future__ import annotations

from uuid import UUID

from foundation.events import News
from foundation.hooks.queueing import offer
from foundation.hooks.topics import Facts
from foundation.identity.selectors import external_ids_of

USD = {"amount_minor": 50_000, "currency": "USD"}
_PAYOUT: Facts = {"payout_id": "0199…", "creator": "creator-3"}
_WITH_AMOUNT: Facts = {"amount": USD, "rail": "ach"}
# Of each topic: when it is told, and what of the news itself goes out. Codes of freezes and checks never do.
PAYOUTS: dict[str, tuple[str, tuple[str, ...], Facts]] = {
    "payout.requested": ("a creator asked for a payout", ("amount", "rail"), _WITH_AMOUNT),
    "payout.escrowed": (
        "a payout waits its hours",
        ("planned_release_at",),
        {"planned_release_at": "2026-01-31T12:00:00Z"},
    ),
    "payout.extended": (
        "a payout was made to wait longer",
        ("planned_release_at",),
        {"planned_release_at": "2026-02-02T12:00:00Z"},
    ),
    "payout.frozen": ("a payout was stopped", (), {}),
    "payout.unfrozen": ("a stopped payout waits again", (), {}),
    "payout.released": ("a payout's hours are over", ("amount", "rail"), _WITH_AMOUNT),
    "payout.sent": ("a payout was handed to its rail", ("amount", "rail"), _WITH_AMOUNT),
    "payout.paid": (
        "a payout arrived",
        ("amount", "rail", "paid_at"),
        _WITH_AMOUNT | {"paid_at": "2026-02-03T12:00:00Z"},
    ),
    "payout.failed": ("a rail refused a payout; its money is available again", ("amount", "rail"), _WITH_AMOUNT),
    "payout.returned": ("a payout came back; its money is available again", ("amount", "rail"), _WITH_AMOUNT),
    "payout.cancelled": ("a payout was given up before it left", ("amount",), {"amount": USD}),
}


def payout_facts(news: News, platform_id: UUID) -> Facts | None:
    """This payout under the platform's id of its creator; nothing where the creator is not known."""
    said = news.payload
    creator_id = UUID(said["creator_id"])
    creator = external_ids_of([creator_id], platform_id=platform_id).get(creator_id)
    if creator is None:
        return None
    kept = {
        name: {"amount_minor": said["amount_minor"], "currency": said["currency"]} if name == "amount" else said[name]
        for name in PAYOUTS[news.type][1]
    }
    return {"payout_id": said["payout_id"], "creator": creator} | kept


for _type, (_when, _, _example) in PAYOUTS.items():
    offer(_type, about="payout", told_when=_when, describe=payout_facts, example=_PAYOUT | _example)
