"""The desk of what is stopped: what waits for whom until when, and one freeze with everything that may be done."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dashboards.ops.approvals import BADGES, kind_words
from dashboards.ops.approvals import url_of as approval_url
from dashboards.ops.payouts.hold_forms import EscalateForm, ExtendForm, KeepForm, ReleaseForm
from dashboards.ops.payouts.listing import views
from dashboards.ops.payouts.moments import Reader, moments_of
from dashboards.ops.payouts.one import figures_of, may
from dashboards.ops.payouts.words import (
    FREEZE,
    PATH,
    SCOPE,
    SEVERITY,
    SHORT_PATH,
    payout_url,
    reason_name,
    short,
    what_to_do,
)  # fmt: skip
from dashboards.shell import open_url
from foundation import clock
from foundation.approvals.selectors import list_about
from foundation.approvals.states import State
from foundation.errors import Invalid, Refusal
from foundation.http.components import Action, Ago, Badge, Column, Due, Empty, Id, Kpi, Link, Row, Table
from foundation.http.places import time_and_id
from foundation.identity.actors import actor_of
from foundation.identity.names import names_of
from payouts.freezes.services import (
    ask_release,
    escalate_freeze,
    extend_freeze,
    release_freeze,
    review_freeze,
    see_note,
    sight_of,
)
from payouts.freezes.states import FreezeState, FreezeType, ReleasePath, Severity
from payouts.operations.history import history_of_freeze
from payouts.operations.holds import Hold, HoldLine, count_holds, get_hold, list_holds, list_notes
from payouts.operations.lists import count_open
from payouts.transparency.access import INSIDERS

PAGE = 50
LATE = Badge("Nobody looked", "frozen", "warn")
SEVERITIES = [("", "Every severity"), *((s, b.word) for s, b in SEVERITY.items() if s != Severity.LOW)]
SEVERITY_COLUMN = (Column("Severity", tight=True),)


def holds(request: HttpRequest) -> HttpResponse:
    view = request.GET.get("view", "live")
    sees_inside = INSIDERS.admits(actor_of(request))
    scope, severity = request.GET.get("scope", ""), request.GET.get("severity", "") if sees_inside else ""
    if (scope and scope not in FreezeType.values) or (severity and severity not in Severity.values):
        raise Invalid("request.invalid", "These filters cannot be read.")
    counts = count_holds()
    if view == "notes":
        table = _note_table(request, sees_inside=sees_inside)
    else:
        found = list_holds(
            is_live=view != "lifted",
            freeze_type=scope,
            severity=severity,
            after=time_and_id(request.GET.get("after")),
            limit=PAGE,
        )
        chosen = {"view": view, "scope": scope, "severity": severity}
        table = _table(found, chosen, is_live=view != "lifted", sees_inside=sees_inside)
    context = {
        "table": table,
        "view": view,
        "scope": scope,
        "severity": severity,
        "scopes": [("", "Every scope"), *SCOPE.items()],
        "severities": SEVERITIES if sees_inside else (),
        "ways": [("live", "Stopped now", counts.live), ("notes", "Notes", counts.notes), ("lifted", "Lifted", None)],
        "views": views(request, {}, count_open(), here="ops:holds"),
        "tiles": [
            Kpi("Stopped now", counts.live, icon="stop", note="freezes"),
            Kpi("Looked at late", counts.late, icon="clock", badge=LATE if counts.late else None,
                note="handed to compliance within a minute"),
            Kpi("With a department", counts.escalated, icon="arrow-up", note="escalated",
                href=open_url("compliance:escalations", request)),
            Kpi("Notes to look at", counts.notes, icon="search", note="they stop no money", href="?view=notes"),
        ],
        "crumbs": [("Payouts", reverse("ops:payouts")), ("Holds", "")],
    }  # fmt: skip
    return render(request, "ops/payouts/holds.html", context)


def hold(request: HttpRequest, freeze_id: UUID) -> HttpResponse:
    found, what = get_hold(freeze_id), request.POST.get("form", "")
    ends = _ends(found.line)
    shown = {"seen_until": ends.isoformat() if ends else "", "seen": sight_of(found.line.freeze.measures)}
    bound = {
        name: form(request.POST if name == what else None, auto_id=f"{name}_%s", initial=shown)
        for name, form in (("release", ReleaseForm), ("keep", KeepForm), ("extend", ExtendForm),
                           ("escalate", EscalateForm))
    }  # fmt: skip
    refused = ""
    if request.method == "POST":
        if what not in bound:
            raise Invalid("request.invalid", "Say what to do with it.")
        if bound[what].is_valid():
            try:
                messages.success(request, _act(request, found, what, bound[what].cleaned_data))
                return redirect("ops:hold", freeze_id=freeze_id)
            except Refusal as error:
                refused = f"{error.detail} {what_to_do(error.code)} Nothing was changed."
                found = get_hold(freeze_id)
    return _page(request, found, bound, refused)


def note(request: HttpRequest, note_id: int) -> HttpResponse:
    """Ticked off: somebody looked at it."""
    see_note(note_id=note_id, by=actor_of(request), at=clock.now())
    messages.success(request, "Looked at.")
    return redirect(f"{reverse('ops:holds')}?view=notes")


def _act(request: HttpRequest, found: Hold, what: str, said: dict[str, Any]) -> str:
    who: dict[str, Any] = {"freeze_id": found.line.freeze.id, "by": actor_of(request), "at": clock.now()}
    if what == "release" and found.needs_two:
        ask_release(**who, reason=said["reason"], was_wrong=said["was_wrong"] == "yes", seen=said["seen"])
        return "Asked. It is let go as soon as a second person agrees."
    if what == "release":
        release_freeze(**who, reason=said["reason"], was_wrong=said["was_wrong"] == "yes", seen=said["seen"])
        return "Let go. The creator is told; a payout is looked at once more before it goes on."
    if what == "keep":
        again = clock.now() + timedelta(hours=said["hours"])
        review_freeze(**who, notes=said["notes"], review_by=again)
        return "Kept, with your note. It comes up again at the date you gave."
    if what == "extend":
        before, now = said["seen_until"], clock.now()
        until = max(before or now, now) + timedelta(hours=said["hours"])
        extend_freeze(**who, until=until, seen_until=before, reason=said["reason"])
        return "It lasts longer, and the creator was told the new date."
    escalate_freeze(**who, reason=said["reason"], department=said["department"] or None)
    return "A department has it now. The money stays stopped until they decide."


def _page(request: HttpRequest, found: Hold, bound: dict[str, Any], refused: str) -> HttpResponse:
    line, viewer = found.line, actor_of(request)
    freeze, is_live = line.freeze, line.freeze.state != FreezeState.RELEASED
    events = history_of_freeze(freeze.id)
    names = names_of({event.by for event in events} | {freeze.frozen_by, freeze.released_by})
    reader = Reader(
        names, bool(open_url("ops:ledger", request)), bool(open_url("compliance:audit", request)),
        INSIDERS.admits(viewer),
    )  # fmt: skip
    approvals = list_about(viewer, "payouts.freeze", [str(freeze.id)])
    asked = next((one for one in approvals if one.state == State.PENDING), None)
    context = {
        "found": found, "line": line, "freeze": freeze, "badge": FREEZE[freeze.state], "refused": refused,
        "severity": SEVERITY[freeze.severity] if reader.sees_inside else None,
        "scope": SCOPE[freeze.freeze_type], "title": reason_name(freeze.code),
        "ends": _end_words(line), "is_live": is_live, "may_work": is_live and may(request, "ops:hold"),
        "sees_inside": reader.sees_inside, "facts": _facts(line, reader), "evidence": _evidence(line),
        "history": moments_of(events, reader), "asked": asked, "asked_url": approval_url(asked) if asked else "",
        "asked_badge": BADGES[asked.state] if asked else None, "asked_kind": kind_words(asked.kind) if asked else "",
        **bound,
        "crumbs": [
            ("Payouts", reverse("ops:payouts")), ("Holds", reverse("ops:holds")), (reason_name(freeze.code), ""),
        ],
    }  # fmt: skip
    return render(request, "ops/payouts/hold.html", context, status=409 if refused else 200)


def _ends(line: HoldLine) -> datetime | None:
    freeze = line.freeze
    return freeze.release_at if freeze.path == ReleasePath.TIME_BASED else freeze.review_by


def _end_words(line: HoldLine) -> str:
    return f"It ends {PATH[line.freeze.path]}."


def _facts(line: HoldLine, reader: Reader) -> list[tuple[str, Any]]:
    freeze = line.freeze
    where = ", ".join(filter(None, (line.platform, freeze.product)))
    payout = Link(short(freeze.payout_id), payout_url(freeze.payout_id)) if freeze.payout_id else None
    return [
        ("Creator", Id(str(freeze.creator_id), line.creator or short(freeze.creator_id))),
        ("Covers", SCOPE[freeze.freeze_type]),
        ("Payout", payout),
        ("Source", where),
        *(("Stops", amount) for amount in line.held),
        ("Since", freeze.frozen_at),
        ("Placed by", reader.name(freeze.frozen_by)),
        ("Decided by", freeze.rule if reader.sees_inside else None),
        ("Ends at", freeze.release_at),
        ("To look at by", freeze.review_by),
        ("Looked at", freeze.reviewed_at),
        ("Creator told", freeze.told_at),
        ("Escalation", _escalation(freeze.escalation_id)),
        ("Let go by", reader.name(freeze.released_by) if freeze.released_by else None),
        ("Because", reader.why(freeze.release_reason)),
        ("Was wrong", WRONG.get(freeze.was_wrong) if reader.sees_inside else None),
        ("Number", Id(str(freeze.id))),
    ]


WRONG = {True: "yes: it should not have been stopped", False: "no", None: None}


def _escalation(id: UUID | None) -> Link | None:
    return Link(short(id), reverse("compliance:escalation", args=[id])) if id else None


def _evidence(line: HoldLine) -> list[tuple[str, str]]:
    """What was measured, what it waits for, and what staff wrote."""
    freeze = line.freeze
    measured = [(name.replace("_", " ").capitalize(), value) for name, value in freeze.measures.items() if value]
    facts = [(name.replace("_", " ").capitalize(), figures_of(value)) for name, value in freeze.facts.items()]
    waits = [("Waits for", figures_of(dict(condition))) for condition in freeze.conditions]
    notes = [("Notes", part) for part in freeze.notes.split("\n") if part]
    return [*measured, *facts, *waits, *notes]


def _table(found: list[HoldLine], chosen: dict[str, str], *, is_live: bool, sees_inside: bool) -> Table:
    rows = [
        Row([
            Link(reason_name(line.freeze.code), reverse("ops:hold", args=[line.freeze.id]),
                 ", ".join(filter(None, (SCOPE[line.freeze.freeze_type], line.platform, line.freeze.product)))),
            Link(line.creator or short(line.freeze.creator_id)),
            line.held[0] if line.held else None,
            *([SEVERITY[line.freeze.severity]] if sees_inside else []),
            FREEZE[line.freeze.state],
            _way_out(line),
            Ago(line.freeze.frozen_at),
            Due(line.due_at) if is_live else Ago(line.due_at),
        ])
        for line in found
    ]  # fmt: skip
    columns = [
        Column("Why"), Column("Creator"), Column("Stops", end=True), *(SEVERITY_COLUMN if sees_inside else ()),
        Column("State", tight=True), Column("Ends"), Column("Age", tight=True),
        Column("Due" if is_live else "Lifted", tight=True),
    ]  # fmt: skip
    empty = (
        Empty("Nothing is stopped", "What a check, a rule or a person stops appears here with its date.", icon="check")
        if is_live
        else Empty("Nothing was lifted yet")
    )
    last = {**chosen, "after": f"{found[-1].due_at.isoformat()}~{found[-1].freeze.id}"} if len(found) == PAGE else {}
    following = "?" + urlencode({name: value for name, value in last.items() if value}) if last else ""
    return Table("Freezes", columns, rows, empty, next_url=following, next_word="Later" if is_live else "Older",
                 keys=True)  # fmt: skip


def _way_out(line: HoldLine) -> str:
    freeze = line.freeze
    return f"{freeze.progress} %" if freeze.path == ReleasePath.CONDITION_MET else SHORT_PATH[freeze.path]


def _note_table(request: HttpRequest, *, sees_inside: bool) -> Table:
    after = request.GET.get("after", "")
    if after and not (after.isascii() and after.isdigit() and len(after) < 19):
        raise Invalid("request.invalid", "That is no page of this list.")
    found, may_tick = list_notes(after=int(after or 0), limit=PAGE), may(request, "ops:hold_note")
    rows = [
        Row(
            [
                Link(
                    reason_name(one.code), payout_url(one.payout_id) if one.payout_id else "",
                    f"{one.rule}: {figures_of(one.measures)}" if sees_inside else "",
                ),
                Link(one.creator or short(one.creator_id)),
                *([SEVERITY[Severity(one.severity)]] if sees_inside else []),
                Ago(one.noted_at),
            ],
            actions=[Action("Looked at", post=reverse("ops:hold_note", args=[one.id]), about=reason_name(one.code))]
            if may_tick
            else (),
        )
        for one in found
    ]  # fmt: skip
    columns = [
        Column("What"), Column("Creator"), *(SEVERITY_COLUMN if sees_inside else ()), Column("Noted", tight=True)
    ]  # fmt: skip
    empty = Empty("No note waits", "Rules of low severity, and those about trusted creators, note and stop nothing.",
                  icon="check")  # fmt: skip
    following = f"?view=notes&after={found[-1].id}" if len(found) == PAGE else ""
    return Table("Notes", columns, rows, empty, next_url=following, next_word="Later", keys=True)
