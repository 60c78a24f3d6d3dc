"""One payment: its money, its past, why it went this way, and what may be done with it now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from dashboards.ops.ledger.parts import entry_url
from dashboards.ops.payments.coins import coin_legs, coins_table
from dashboards.ops.payments.moments import Reader, moments_of
from dashboards.ops.payments.words import (
    DISPUTE,
    PAYMENT,
    REFUND,
    WHY_NOT_THIS_WAY,
    decline_words,
    figures_of,
    provider_name,
    reason_words,
)  # fmt: skip
from dashboards.ops.trust import SENTENCES
from dashboards.shell import open_url
from foundation import clock
from foundation.http import access
from foundation.http.components import Action, Badge, Column, Empty, Id, Kpi, Link, Reason, Row, Table
from foundation.identity.actors import actor_of
from foundation.identity.names import names_of
from foundation.money import Money
from ledger.types import TransferInfo
from processors.crypto.selectors import deposits_of
from processors.payments.desk import Dossier, dossier_of
from processors.payments.states import DisputeState, PaymentState, RefundState
from processors.payments.types import RefundView
from trust.selectors import decisions_about

VERDICTS = {
    "allow": Badge("Allowed", "normal", "check"), "review": Badge("A person looks", "review", "search"),
    "refuse": Badge("Refused", "frozen", "stop"),
}  # fmt: skip
ASKABLE_REFUND = (RefundState.SENT, RefundState.PENDING, RefundState.UNKNOWN, RefundState.PREPARED)


def payment(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    found = dossier_of(payment_id, at=clock.now())
    view = found.payment
    names = names_of({entry.by for entry in found.history if ":" in entry.by} | {r.requested_by for r in found.refunds})
    actions = _actions(request, found)
    deposits = deposits_of(payment_id)
    legs = [*coin_legs(deposits), *found.legs]
    context = {
        "found": found,
        "view": view,
        "badge": PAYMENT[PaymentState(view.state)],
        "meaning": PaymentState(view.state).label,
        "tiles": _tiles(found),
        "waits": _waits(found),
        "facts": _facts(found),
        "actions": actions,
        "history": moments_of(found.history, _reader(request, names)),
        "refunds": _refund_table(request, found.refunds, names) if found.refunds else None,
        "disputes": _dispute_table(found) if found.disputes else None,
        "coins": coins_table(deposits) if deposits else None,
        "books": _book_table(request, legs) if legs else None,
        "routing": _routing_table(found),
        "judgements": _judgement_table(found),
        "crumbs": [("Payments", reverse("ops:payments")), (view.reference, "")],
        "page_keys": [(action.key, action.label) for action in actions if action.key],
        "page_currency": view.amount.currency,
    }
    return render(request, "ops/payments/one.html", context)


def _reader(request: HttpRequest, names: dict[str, str]) -> Reader:
    has_books, has_audit = bool(open_url("ops:ledger", request)), bool(open_url("compliance:audit", request))
    return Reader(names, has_books=has_books, has_audit=has_audit)


def may(request: HttpRequest, view_name: str, method: str = "POST") -> bool:
    who = access.who_may(view_name, method)
    return who is not None and who.admits(actor_of(request))


def _actions(request: HttpRequest, found: Dossier) -> list[Action]:
    id = found.payment.id
    actions = []
    if not found.why_not_refund and may(request, "ops:payment_refund"):
        url = reverse("ops:payment_refund", args=[id])
        actions.append(Action("Refund", href=url, key="r", icon="arrow-down", primary=True))
    if not found.why_not_void and may(request, "ops:payment_void"):
        actions.append(Action("Void", href=reverse("ops:payment_void", args=[id]), key="v"))
    if found.can_be_asked and may(request, "ops:payment_ask"):
        url = reverse("ops:payment_ask", args=[id])
        actions.append(Action("Ask the provider now", post=url, key="p", icon="help"))
    if found.is_undecided and may(request, "ops:payment_outcome"):
        url = reverse("ops:payment_outcome", args=[id])
        actions.append(Action("Say what became of it", href=url, key="w", primary=True))
    if found.can_be_cancelled and may(request, "ops:payment_cancel"):
        actions.append(Action("Cancel", href=reverse("ops:payment_cancel", args=[id]), key="c"))
    if found.payment.state == PaymentState.IN_REVIEW and found.approval_id and open_url("ops:approvals", request):
        url = reverse("ops:approval", args=[found.approval_id])
        actions.append(Action("Decide", href=url, key="d", primary=True))
    return actions


def _tiles(found: Dossier) -> list[Kpi]:
    view = found.payment
    return [
        Kpi("Asked for", view.amount, icon="person", note=f"of it tax: {view.tax}" if view.tax else "no tax"),
        Kpi("Taken", view.captured, icon="check", note="" if view.captured else "nothing yet"),
        Kpi("Given back", view.refunded, icon="arrow-down", note="done and under way"),
        Kpi("Disputed", view.disputed, icon="warn", note="open and lost"),
        Kpi("Left", view.refundable, icon="money", note="can still be refunded"),
    ]


def _waits(found: Dossier) -> Reason | None:
    """Why it stands still, until when, and what one can do."""
    view = found.payment
    if view.is_paid_back_twice:
        return Reason(
            "A bank or provider gave back more than was left, on its own. The books have it as our loss; reclaim it.",
            badge=Badge("Paid back twice", "frozen", "warn"),
        )
    if found.is_undecided:
        return Reason(
            "The provider was asked for a day and could not say. Look it up in its own pages, then say what became of "
            "it: a second person agrees, and the books follow.",
            badge=PAYMENT[PaymentState.UNKNOWN],
        )
    if view.state == PaymentState.UNKNOWN:
        return Reason(
            "The provider's answer was lost or differs from what was asked. It is asked again by itself; nothing else "
            "happens to this payment meanwhile.",
            badge=PAYMENT[PaymentState.UNKNOWN],
        )
    if view.state == PaymentState.IN_REVIEW:
        cause = "Nothing was charged: a person decides. If nobody does in time, it is cancelled and the fan is told."
        return Reason(cause, by=view.review_until, badge=PAYMENT[PaymentState.IN_REVIEW])
    if view.state == PaymentState.REQUIRES_ACTION:
        todo = view.action or {}
        words = {"address": "The fan has to pay coins to an address.", "threeds": "The fan's bank wants a proof."}
        return Reason(
            words.get(str(todo.get("kind")), "The fan has to finish on the provider's page."),
            by=view.expires_at, badge=PAYMENT[PaymentState.REQUIRES_ACTION],
        )  # fmt: skip
    if view.state == PaymentState.DECLINED:
        cause = f"{decline_words(view.decline_code)}. The fan was not charged."
        return Reason(cause, badge=PAYMENT[PaymentState.DECLINED])
    return None


def _facts(found: Dossier) -> list[tuple[str, Any]]:
    view = found.payment
    card = f"{view.card.brand or 'card'} ending {view.card.last4}" if view.card and view.card.last4 else None
    return [
        ("Payment", Id(str(view.id))),
        ("Reference", Id(view.reference)),
        ("Platform", found.platform),
        ("Product", view.product),
        ("Fan", Id(str(view.fan_id), found.fan or f"…{str(view.fan_id)[-6:]}")),
        ("Creator", Id(str(view.creator_id), found.creator or f"…{str(view.creator_id)[-6:]}")),
        ("Paid by", view.coin or card or view.method),
        ("Provider", f"{provider_name(view.provider)}, {view.merchant}" if view.merchant else None),
        ("Asked for", view.created_at),
        ("Taken", view.captured_at),
        ("Tax of", found.jurisdiction if view.tax else None),
        ("Counts as revenue", view.is_counted),
        ("Says", view.description),
    ]


def _refund_table(request: HttpRequest, refunds: Any, names: dict[str, str]) -> Table:
    rows = [
        Row(
            [
                Link(one.reason or "no reason", "", _who_and_proof(one, names)),
                one.amount,
                REFUND[RefundState(one.state)],
                one.done_at or one.created_at,
            ],
            actions=_refund_actions(request, one),
        )
        for one in refunds
    ]
    columns = [Column("Why"), Column("Amount", end=True), Column("State", tight=True), Column("When", tight=True)]
    return Table("Refunds", columns, rows)


def _who_and_proof(one: RefundView, names: dict[str, str]) -> str:
    proof = f"proof: {one.proof}" if one.proof else decline_words(one.code) if one.code else ""
    return ". ".join(part for part in (names.get(one.requested_by, one.requested_by), proof) if part)


def _refund_actions(request: HttpRequest, one: RefundView) -> list[Action]:
    about = f"refund of {one.amount}"
    if one.state == RefundState.MANUAL_DUE and may(request, "ops:refund_settle"):
        return [Action("I paid it", href=reverse("ops:refund_settle", args=[one.id]), about=about, primary=True)]
    if one.is_undecided and may(request, "ops:refund_outcome"):
        return [Action("Say what became of it", href=reverse("ops:refund_outcome", args=[one.id]), about=about)]
    if one.state in ASKABLE_REFUND and may(request, "ops:refund_ask"):
        word = "Send it now" if one.state == RefundState.PREPARED else "Ask now"
        return [Action(word, post=reverse("ops:refund_ask", args=[one.id]), about=about)]
    if one.state == RefundState.REQUESTED and one.approval_id and open_url("ops:approvals", request):
        return [Action("Decide", href=reverse("ops:approval", args=[one.approval_id]), about=about)]
    return []


def _dispute_table(found: Dossier) -> Table:
    rows = [
        Row([
            Link(one.reason or "no reason told", "", one.provider_ref), one.amount, one.fee,
            DISPUTE[DisputeState(one.state)], one.ended_at or one.opened_at,
        ])
        for one in found.disputes
    ]  # fmt: skip
    columns = [
        Column("Why"), Column("Amount", end=True), Column("Fee", end=True), Column("State", tight=True),
        Column("When", tight=True),
    ]  # fmt: skip
    return Table("Disputes", columns, rows)


def _book_table(request: HttpRequest, legs: Sequence[TransferInfo]) -> Table:
    """Every movement of money this payment caused, each leading to its entry with the chain of cause."""
    leads = bool(open_url("ops:ledger", request))
    rows = [
        Row([Link(leg.kind, entry_url(leg.id) if leads else "", f"#{leg.seq:,}"), leg.amount])
        for leg in sorted(legs, key=lambda leg: leg.seq)
    ]
    columns = [Column("Entry"), Column("Amount", end=True)]
    return Table("On the books", columns, rows, as_cards=False)


def _routing_table(found: Dossier) -> Table:
    rows = []
    for one in found.routing:
        faults = [WHY_NOT_THIS_WAY.get(fault, fault) for fault in one["why_not"]]
        is_taken = one["merchant"] == found.payment.merchant
        word = Badge("Taken", "normal", "check") if is_taken else Badge("Not taken", "neutral", "x")
        why = ", ".join(faults) or ("the first that can" if is_taken else "another one came first")
        rows.append(Row([Link(provider_name(str(one["provider"])), "", str(one["merchant"])), word, why]))
    columns = [Column("Account"), Column("Way", tight=True), Column("Because")]
    return Table("Why this way", columns, rows, Empty("No way was looked for", "It ended before it was routed."))


def _judgement_table(found: Dossier) -> Table:
    """What trust said of the charge and of each refund, and the warrant it gave."""
    rows = []
    for one in decisions_about(found.payment.id):
        said = [SENTENCES.get(reason.get("code", ""), "") or reason_words(reason) for reason in one.reasons]
        why = Link("; ".join(said) or "Within every limit", "", "; ".join(map(figures_of, one.reasons)))
        rows.append(Row([
            Link(one.get_act_display(), "", one.policy), Money(one.amount_minor, one.currency),
            VERDICTS.get(str(one.verdict)), why, one.at,
        ]))  # fmt: skip
    if not rows:
        for entry in found.history:
            if entry.kind == "warrant":
                said = list(map(reason_words, entry.facts["reasons"]))
                cells = [
                    Link("Charge", "", entry.facts["policy"]), entry.amount, VERDICTS.get(entry.title),
                    "; ".join(said) or "No reason was needed", entry.at
                ]  # fmt: skip
                rows.append(Row(cells))
    columns = [
        Column("Judged"), Column("Up to", end=True), Column("Verdict", tight=True), Column("Because"),
        Column("When", tight=True),
    ]  # fmt: skip
    empty = Empty("Nobody judged it", "The provider charged by itself, by an agreement judged before.", icon="shield")
    return Table("Judgements", columns, rows, empty)
