"""One payout: its money, why it stands where it stands, its past, and what may be done with it now."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from dashboards import documents
from dashboards.ops.approvals import BADGES, kind_words
from dashboards.ops.approvals import url_of as approval_url
from dashboards.ops.ledger.parts import entry_url
from dashboards.ops.payouts.moments import Reader, moments_of
from dashboards.ops.payouts.words import (
    BATCH,
    ESCROW,
    FREEZE,
    INSTRUCTION,
    LATE,
    LOOKS,
    ORIGIN,
    PATH,
    PAYOUT,
    SCOPE,
    SEVERITY,
    check_name,
    ended_words,
    rail_name,
    reason_name,
    short,
)
from dashboards.shell import open_url
from foundation.approvals.selectors import list_about
from foundation.approvals.states import State
from foundation.approvals.types import ApprovalLine
from foundation.http import access
from foundation.http.components import Action, Ago, Column, Due, Empty, Id, Kpi, Link, Reason, Row, Stage, Table
from foundation.identity.actors import actor_of
from foundation.identity.names import names_of
from foundation.uploads.services import open_document
from payouts.calendars import eta
from payouts.freezes.types import FreezeView
from payouts.life.states import OVER, WITH_RAIL, PayoutState
from payouts.life.types import DOCUMENTS_ABOUT
from payouts.operations.dossier import Dossier, Told, dossier_of
from payouts.transparency.access import INSIDERS

P = PayoutState
FEW_MOMENTS = 40


def payout(request: HttpRequest, payout_id: UUID) -> HttpResponse:
    found = dossier_of(payout_id)
    view, viewer = found.payout, actor_of(request)
    approvals = list_about(viewer, "payouts.payout", [str(payout_id)])
    approvals += list_about(viewer, "payouts.freeze", [str(freeze.id) for freeze in found.freezes])
    names = names_of(
        {event.by for event in found.history} | {freeze.frozen_by for freeze in found.freezes} | {found.requested_by}
    )
    has_books, has_audit = bool(open_url("ops:ledger", request)), bool(open_url("compliance:audit", request))
    reader = Reader(names, has_books, has_audit, INSIDERS.admits(viewer))
    actions = _actions(request, found, approvals)
    context = {
        "found": found,
        "view": view,
        "line": found.line,
        "badge": PAYOUT[view.state],
        "late": LATE if found.line.is_late else None,
        "meaning": view.state.label,
        "stages": _stages(found),
        "waits": _waits(found, reader),
        "tiles": _tiles(found),
        "actions": actions,
        "facts": _facts(found, names),
        "escrow": _escrow_facts(found, reader),
        "checks": _check_table(found) if reader.sees_inside else None,
        "freezes": _freeze_table(request, found, reader) if found.freezes else None,
        "approvals": _approval_table(approvals) if approvals else None,
        "told": _told_table(found) if found.told else None,
        "books": _book_table(found, reader) if found.legs else None,
        "history": moments_of(found.history, reader),
        **documents.shown(
            DOCUMENTS_ABOUT,
            payout_id,
            opened_at=(lambda id: reverse("ops:document", args=[id])) if may(request, "ops:document", "GET") else None,
        ),
        "crumbs": [("Payouts", reverse("ops:payouts")), (found.line.creator or short(view.creator_id), "")],
        "page_keys": [(action.key, action.label) for action in actions if action.key],
        "page_currency": view.amount.currency,
    }
    return render(request, "ops/payouts/one.html", context)


def document(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """What was sent about a payout, to keep; that it was opened is recorded."""
    return documents.handed_out(
        *open_document(document_id, by=actor_of(request), subject_types=frozenset({DOCUMENTS_ABOUT}))
    )


def may(request: HttpRequest, view_name: str, method: str = "POST") -> bool:
    who = access.who_may(view_name, method)
    return who is not None and who.admits(actor_of(request))


def _actions(request: HttpRequest, found: Dossier, approvals: list[ApprovalLine]) -> list[Action]:
    id, actions = found.payout.id, []
    open_one = next((line for line in approvals if line.state == State.PENDING), None)
    if open_one is not None:
        actions.append(Action("Decide", href=approval_url(open_one), key="d", icon="inbox", primary=True))
    if found.can_be_asked and may(request, "ops:payout_ask"):
        actions.append(Action("Ask the rail now", post=reverse("ops:payout_ask", args=[id]), key="p", icon="help"))
    offered = (
        (found.to_confirm is not None, "confirm", "Confirm by hand", "y", False),
        (found.to_return is not None, "returned", "It came back", "b", False),
        (found.can_be_extended, "extend", "Make it wait longer", "e", False),
        (found.can_be_frozen, "freeze", "Freeze", "f", False),
        (found.can_be_cancelled, "cancel", "Cancel", "c", True),
    )
    for is_offered, name, word, key, is_danger in offered:
        if is_offered and may(request, f"ops:payout_{name}"):
            url = reverse(f"ops:payout_{name}", args=[id])
            actions.append(Action(word, href=url, key=key, danger=is_danger))
    if found.open_question and may(request, "ops:question"):
        url = reverse("ops:question", args=[found.open_question])
        actions.append(Action("Answer a question", href=url, key="q", icon="help"))
    return actions


def _stages(found: Dossier) -> list[Stage]:
    """Platform, rail, bank: where the money is."""
    view, state = found.payout, found.payout.state
    rail = rail_name(view.rail)
    if state in (P.CANCELLED, P.FAILED):
        end = Stage(PAYOUT[state].word, "stuck", at=view.ended_at)
        return [Stage("Asked for", "done", at=view.requested_at), end]
    is_gone = state in (*WITH_RAIL, P.PAID, P.RETURNED)
    escrow = "done" if state not in (P.REQUESTED, P.SCREENED, P.IN_ESCROW, P.FROZEN) else "now"
    leaving: Any = "done" if is_gone else "now" if state in (P.APPROVED, P.QUEUED, P.PREPARED) else "todo"
    with_rail: Any = "done" if state in (P.PAID, P.RETURNED) else "now" if is_gone else "todo"
    if state == P.UNKNOWN:
        with_rail = "stuck"
    return [
        Stage("Asked for", "done", at=view.requested_at),
        Stage("Our escrow", "stuck" if state == P.FROZEN else escrow, at=found.escrow.planned_release_at),  # type: ignore[arg-type]
        Stage("Next run", leaving, at=view.due_at if leaving == "now" else None),
        Stage(rail, with_rail, at=view.sent_at),
        Stage("Came back" if state == P.RETURNED else "Arrived",
              "stuck" if state == P.RETURNED else "done" if state == P.PAID else "todo",
              at=view.ended_at if state == P.RETURNED else view.paid_at),
    ]  # fmt: skip


def _waits(found: Dossier, reader: Reader) -> Reason | None:
    """Why it stands still, until when, and what one can do."""
    view, badge = found.payout, PAYOUT[found.payout.state]
    if view.state == P.FROZEN:
        live = found.live_freezes
        freeze = live[0] if live else None
        cause = f"{reason_name(view.reason_code)}. " + (
            f"It goes on {PATH[freeze.path]}." if freeze else "No freeze covers it any more; let it go from Holds."
        )
        return Reason(cause, by=(freeze.release_at or freeze.review_by) if freeze else None, badge=badge)
    if view.state == P.IN_ESCROW:
        people = " Its hours are not enough: two people agree first." if found.line.needs_people else ""
        return Reason(f"{reason_name(view.reason_code)}: {_hours_words(found)}.{people}", by=view.due_at, badge=badge)
    if view.state in (P.APPROVED, P.QUEUED):
        if view.due_at is None:
            return Reason(
                "It waits without a date: its destination cannot be paid to, or it was tried too often. The creator "
                "chooses another destination, or it is cancelled.", badge=badge,
            )  # fmt: skip
        run = eta(view.rail, view.due_at)
        return Reason(f"{run.why} {reason_name(view.reason_code)}.", by=run.sent_by, badge=badge)
    if view.state == P.UNKNOWN:
        last = found.told[-1].instruction if found.told else None
        if last and last.repair_at:
            return Reason("The rail's answer was lost. It is asked by itself; it is never sent again.",
                          by=last.repair_at, badge=badge)  # fmt: skip
        return Reason(
            "The rail was asked for a day and could not say. Look it up in the rail's own pages by our reference; "
            "then ask again, or confirm by hand where the rail does not say itself.", badge=badge,
        )  # fmt: skip
    if found.to_confirm and view.state in (P.SENT, P.PROCESSING):
        return Reason(
            "This rail does not say when money arrived. When the bank's statement shows it, confirm by hand.",
            badge=badge,
        )
    if view.state in (P.FAILED, P.RETURNED, P.CANCELLED) and view.ended_reason:
        why = ended_words(view.state, view.ended_reason, sees_inside=reader.sees_inside)
        return Reason(f"{why}. The money is available to the creator again, less debts.", badge=badge)
    return None


def _hours_words(found: Dossier) -> str:
    escrow = found.escrow
    words = f"{escrow.hours} hours"
    return f"{words}, made longer" if escrow.is_extended else words


def _tiles(found: Dossier) -> list[Kpi]:
    view, escrow = found.payout, found.escrow
    net, rail = view.amount - view.fee, rail_name(view.rail)
    rail_fees = [one.rail_fee for one in found.told if one.rail_fee]
    until = view.paid_at or view.ended_at
    return [
        Kpi("Asked for", view.amount + view.withheld, icon="person", note=ORIGIN[view.origin]),
        Kpi("Our fee", view.fee, icon="money", note="when it is sent" if view.fee else "none by this way"),
        Kpi("Arrives", net, icon="check", note=f"after tax, {rail}" if view.withheld else rail),
        Kpi("Escrow", f"{escrow.hours} h", icon="clock", note=f"score {escrow.score} of 1000"),
        Kpi("Rail's charge", rail_fees[0], icon="arrow-up", note="ours to bear") if rail_fees else
        Kpi("Age", Ago(view.requested_at), icon="clock", note="over" if until else "still open"),
    ]  # fmt: skip


def _facts(found: Dossier, names: dict[str, str]) -> list[tuple[str, Any]]:
    view, line = found.payout, found.line
    return [
        ("Payout", Id(str(view.id))),
        ("Creator", Id(str(view.creator_id), line.creator or short(view.creator_id))),
        ("On", line.platforms),
        ("Asked for", view.requested_at),
        ("Tax kept back", view.withheld or None),
        ("By", f"{ORIGIN[view.origin]}, {names.get(found.requested_by, found.requested_by)}"),
        ("Goes to", Link(line.destination, "", rail_name(view.rail))),
        ("First promised to leave", view.promised_at),
        ("Large", "two people agree" if view.needs_approval else None),
        ("Sent", view.sent_at),
        ("Paid", view.paid_at),
        ("Ended", view.ended_at if view.state in OVER and not view.paid_at else None),
    ]


def _escrow_facts(found: Dossier, reader: Reader) -> list[tuple[str, Any]]:
    escrow = found.escrow
    extended = reader.why(escrow.extension_reason) or None
    shares = sorted(escrow.sources.items(), key=lambda pair: -pair[1])
    sources = ", ".join(f"{name} {_percent(minor, found.payout.amount.minor)}" for name, minor in shares)
    return [
        ("State", ESCROW[escrow.status]),
        ("Hours", f"{escrow.hours}, by score {escrow.score} of 1000"),
        ("Began", escrow.starts_at),
        ("Ends", escrow.planned_release_at),
        ("At first", escrow.first_release_at if escrow.is_extended else None),
        ("Longer because", extended if escrow.is_extended else None),
        ("Warning", reason_name(escrow.warning) if escrow.warning else None),
        ("Signs", ", ".join(escrow.risk_factors) if reader.sees_inside else None),
        ("Earned by", sources),
        ("Released", escrow.released_at),
        ("Score record", Id(str(escrow.score_record_id), short(escrow.score_record_id))),
    ]


def _percent(part: int, whole: int) -> str:
    return f"{(200 * part + whole) // (2 * whole)} %"


def _check_table(found: Dossier) -> Table:
    """Every look, newest first; for those whose work it is."""
    rows = [
        Row([Link(check_name(one.kind), "", figures_of(one.facts)), LOOKS[one.outcome], one.at])
        for one in reversed(found.checks)
    ]
    columns = [Column("Check"), Column("Found", tight=True), Column("When", tight=True)]
    return Table("Checks", columns, rows[:FEW_MOMENTS], Empty("Nobody looked yet"))


def figures_of(facts: Any) -> str:
    """What a look found, in a line."""
    if isinstance(facts, dict):
        return ", ".join(f"{name.replace('_', ' ')} {figures_of(value)}" for name, value in facts.items() if value)
    if isinstance(facts, (list, tuple)):
        return "; ".join(map(figures_of, facts))
    return ("yes" if facts else "no") if isinstance(facts, bool) else str(facts)


def _freeze_table(request: HttpRequest, found: Dossier, reader: Reader) -> Table:
    rows = [
        Row([
            Link(
                reason_name(one.code), reverse("ops:hold", args=[one.id]) if open_url("ops:holds", request) else "",
                f"{SCOPE[one.freeze_type]}. {one.rule}" if reader.sees_inside else SCOPE[one.freeze_type],
            ),
            *([SEVERITY[one.severity]] if reader.sees_inside else []),
            FREEZE[one.state],
            _until(one),
        ])
        for one in found.freezes
    ]  # fmt: skip
    severity = [Column("Severity", tight=True)] if reader.sees_inside else []
    columns = [Column("Why"), *severity, Column("State", tight=True), Column("Until", tight=True)]
    return Table("Freezes", columns, rows)


def _until(one: FreezeView) -> Any:
    if one.released_at:
        return Ago(one.released_at)
    ends = one.release_at or one.review_by
    return Due(ends) if ends else None


def _approval_table(lines: list[ApprovalLine]) -> Table:
    rows = [
        Row([
            Link(line.title, approval_url(line), kind_words(line.kind)), BADGES[line.state], line.requester_name,
            Due(line.due_at) if line.state == State.PENDING else Ago(line.settled_at or line.requested_at),
        ])
        for line in lines
    ]  # fmt: skip
    columns = [Column("What"), Column("State", tight=True), Column("Asked by"), Column("When", tight=True)]
    return Table("Approvals", columns, rows)


def _told_table(found: Dossier) -> Table:
    rows = [
        Row([
            Link(one.instruction.reference, "", _account(one)),
            one.amount,
            INSTRUCTION[one.instruction.state],
            Link(_said(one), "", _file(one)),
            one.instruction.answered_at or one.instruction.sent_at,
        ])
        for one in found.told
    ]  # fmt: skip
    columns = [
        Column("Our reference"), Column("Amount", end=True), Column("State", tight=True), Column("The rail said"),
        Column("When", tight=True),
    ]  # fmt: skip
    return Table("Told to rails", columns, rows)


def _account(one: Told) -> str:
    theirs = f", theirs {one.instruction.provider_ref}" if one.instruction.provider_ref else ""
    return f"{rail_name(one.instruction.rail)} {one.merchant}, to {one.destination}{theirs}"


def _said(one: Told) -> str:
    words = ". ".join(filter(None, (one.instruction.code, one.instruction.provider_text)))
    asked = f"asked {one.instruction.repairs} times" if one.instruction.repairs else ""
    return ", ".join(filter(None, (words, asked))) or "nothing yet"


def _file(one: Told) -> str:
    batch = one.batch
    if batch is None:
        return ""
    refused = f", {batch.refused_reason}" if batch.refused_reason else ""
    theirs = f", bank's number {batch.bank_ref}" if batch.bank_ref else ""
    return f"File {batch.file_name or batch.reference} of {batch.count}: {BATCH[batch.state]}{theirs}{refused}"


def _book_table(found: Dossier, reader: Reader) -> Table:
    rows = [
        Row([Link(leg.kind, entry_url(leg.id) if reader.has_books else ""), leg.amount, Ago(leg.effective_at)])
        for leg in found.legs
        if leg.amount
    ]
    columns = [Column("Movement"), Column("Amount", end=True), Column("When", tight=True)]
    return Table("On the books", columns, rows)
