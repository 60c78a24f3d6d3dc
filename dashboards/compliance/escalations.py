"""Escalations: what waits for which department until when, and everything done about one."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from compliance.escalations.selectors import (
    colleagues,
    count_late,
    count_open,
    escalations,
    get_escalation,
    list_actions,
    list_escalations,
)
from compliance.escalations.services import (
    assign_escalation,
    hand_higher,
    note_escalation,
    pause_clock,
    resolve_escalation,
    resume_clock,
    take_escalation,
)
from compliance.escalations.states import NEEDS_BASIS, Act, Decision, Department, EscalationState, Severity
from compliance.escalations.types import DOCUMENTS_ABOUT, ActionLine, EscalationLine
from dashboards import documents
from foundation import clock
from foundation.errors import Invalid
from foundation.http import access
from foundation.http.components import Ago, Badge, Column, Due, Empty, Id, Kpi, Link, Moment, Row, Table
from foundation.http.forms import Words
from foundation.http.places import time_and_id
from foundation.identity.actors import actor_of
from foundation.identity.names import names_of

PAGE = 50
STATES = {
    EscalationState.OPEN: Badge("Open", "delayed", "warn"),
    EscalationState.IN_REVIEW: Badge("In review", "review", "search"),
    EscalationState.ESCALATED: Badge("Escalated", "frozen", "arrow-up"),
    EscalationState.RESOLVED: Badge("Resolved", "normal", "check"),
}
SEVERITIES = {
    Severity.LOW: Badge("Low", "neutral", "dot"), Severity.MEDIUM: Badge("Medium", "review", "dot"),
    Severity.HIGH: Badge("High", "delayed", "warn"), Severity.CRITICAL: Badge("Critical", "frozen", "stop"),
}  # fmt: skip
VIEWS = [("open", "Open"), ("mine", "Mine"), ("resolved", "Resolved")]


class NoteForm(forms.Form):
    notes = Words(label="Words", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


class AssignForm(forms.Form):
    user_id = forms.TypedChoiceField(label="Colleague", coerce=UUID)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user_id"].choices = colleagues()  # type: ignore[attr-defined]


class ResolveForm(forms.Form):
    decision = forms.ChoiceField(label="Decision", choices=Decision.choices)
    reasoning = Words(label="Reasoning", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    legal_basis = Words(
        label="Legal basis", max_length=200, required=False, help_text="Needed to confirm or report a suspicion.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("decision") in NEEDS_BASIS and not said.get("legal_basis"):
            self.add_error("legal_basis", "This decision names its legal basis.")
        return said


def listing(request: HttpRequest) -> HttpResponse:
    view, department = request.GET.get("view", "open"), request.GET.get("department", "")
    if department and department not in Department.values:
        raise Invalid("request.invalid", "There is no such department.")
    mine = actor_of(request).reference if view == "mine" else ""
    rows = escalations(is_open=view != "resolved", department=department, assigned_to=mine)
    found = list_escalations(rows, after=time_and_id(request.GET.get("after")), limit=PAGE)
    waiting, late = count_open(), count_late()
    context = {
        "table": _table(found, {"view": view, "department": department}),
        "views": VIEWS,
        "view": view,
        "department": department,
        "departments": [("", "All departments"), *Department.choices],
        "tiles": [
            Kpi("Critical", waiting[Severity.CRITICAL], icon="stop", note="decided within 4 hours"),
            Kpi("High", waiting[Severity.HIGH], icon="warn", note="within 24 hours"),
            Kpi("Medium and low", waiting[Severity.MEDIUM] + waiting[Severity.LOW], icon="inbox", note="3 to 7 days"),
            Kpi("Late", late, icon="clock", badge=Badge("Look", "delayed", "warn") if late else None, note="now"),
        ],
    }
    return render(request, "compliance/escalations.html", context)


def one(request: HttpRequest, escalation_id: UUID) -> HttpResponse:
    found = get_escalation(escalation_id)
    forms_of = {"note": NoteForm, "assign": AssignForm, "resolve": ResolveForm}
    what = request.POST.get("form", "")
    bound = {name: form(request.POST if name == what else None) for name, form in forms_of.items()}
    if request.method == "POST" and (said := _act(request, found, what, bound)):
        messages.success(request, said)
        return redirect("compliance:escalation", escalation_id=escalation_id)
    who = access.who_may("compliance:escalation", "POST")
    is_open = found.state is not EscalationState.RESOLVED
    may_work = who is not None and who.admits(actor_of(request)) and is_open
    names = names_of([found.assigned_to, found.opened_by, found.resolved_by])
    context = {
        "found": found, "badge": STATES[found.state], "severity": SEVERITIES[found.severity],
        "title": found.type.label, "department": found.department.label, "names": names,
        "is_mine": found.assigned_to == actor_of(request).reference, "is_open": is_open,
        "may_work": may_work,
        "is_in_review": found.state in (EscalationState.IN_REVIEW, EscalationState.ESCALATED)
        and found.first_reviewed_at is not None,
        "facts": _facts(found, names), "history": _history(escalation_id), **bound,
        **documents.shown(
            DOCUMENTS_ABOUT, escalation_id, opened_at=lambda id: reverse("compliance:document", args=[id]),
            post=reverse("compliance:escalation_documents", args=[escalation_id]) if may_work else "",
        ),
        "crumbs": [("Escalations", reverse("compliance:escalations")), (found.type.label, "")],
    }  # fmt: skip
    return render(request, "compliance/escalation.html", context)


def _act(request: HttpRequest, found: EscalationLine, what: str, bound: dict[str, forms.Form]) -> str:
    who: dict[str, Any] = {"escalation_id": found.id, "by": actor_of(request), "at": clock.now()}
    do = request.POST.get("do", "")
    if what == "take":
        take_escalation(**who)
        return "It is yours now."
    if what not in bound:
        raise Invalid("request.invalid", "Say what to do with it.")
    form = bound[what]
    if not form.is_valid():
        return ""
    said = form.cleaned_data
    if what == "assign":
        assign_escalation(**who, **said, notes="")
        return "Given to your colleague."
    if what == "resolve":
        resolve_escalation(
            **who, decision=Decision(said["decision"]), reasoning=said["reasoning"], legal_basis=said["legal_basis"],
            seen_version=_version(request),
        )  # fmt: skip
        return "Decided."
    verbs = {
        "note": (note_escalation, "Noted."), "higher": (hand_higher, "Handed to the next department."),
        "pause": (pause_clock, "The clock stands."), "resume": (resume_clock, "The clock goes on."),
    }  # fmt: skip
    if do not in verbs:
        raise Invalid("request.invalid", "Say what to do with it.")
    verb, answer = verbs[do]
    verb(**who, **said)
    return answer


def _version(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Invalid("request.invalid", "Open it again, then decide.")
    return int(text)


def _table(found: list[EscalationLine], chosen: dict[str, str]) -> Table:
    names = names_of(line.assigned_to for line in found)
    rows = [
        Row([
            Link(line.type.label, reverse("compliance:escalation", args=[line.id]), line.description[:90]),
            SEVERITIES[line.severity],
            line.department.label,
            names.get(line.assigned_to) or None,
            line.amounts[0] if line.amounts else None,
            STATES[line.state],
            Ago(line.resolved_at) if line.resolved_at else None if line.paused_at else Due(line.due_at),
        ])
        for line in found
    ]  # fmt: skip
    columns = [
        Column("What"), Column("Severity", tight=True), Column("Department", tight=True), Column("With"),
        Column("At stake", end=True), Column("State", tight=True), Column("Due", tight=True),
    ]  # fmt: skip
    empty = Empty("Nothing is escalated", "What a check or a rule cannot decide alone appears here.", icon="check")
    following = {**chosen, "after": f"{found[-1].due_at.isoformat()}~{found[-1].id}"} if len(found) == PAGE else {}
    return Table(
        "Escalations", columns, rows, empty, next_url="?" + urlencode(following) if following else "", keys=True
    )


def _facts(found: EscalationLine, names: dict[str, str]) -> list[tuple[str, Any]]:
    kept = [(name.replace("_", " ").capitalize(), _words(value)) for name, value in sorted(found.facts.items())]
    return [
        ("Creator", Id(str(found.creator_id), "…" + str(found.creator_id)[-8:])),
        ("Opened by", names.get(found.opened_by, found.opened_by)),
        ("Because of", found.source),
        *(("At stake", amount) for amount in found.amounts),
        ("Payouts", len(found.payouts) or None),
        ("Signs", ", ".join(found.risk_factors)),
        ("Department", found.department.label),
        ("With", names.get(found.assigned_to, "")),
        ("Legal basis", found.legal_basis),
        ("Clock stood", f"{found.paused_seconds // 60} minutes" if found.paused_seconds else ""),
        *kept,
        ("Number", Id(str(found.id))),
    ]


def _history(escalation_id: UUID) -> list[Moment]:
    lines = list_actions(escalation_id)
    names = names_of([*(line.actor for line in lines), *(str(line.facts.get("to", "")) for line in lines)])
    return [Moment(line.at, _title(line), names[line.actor], _with(line, names)) for line in reversed(lines)]


def _title(line: ActionLine) -> str:
    return str(Act(line.action).label)


def _with(line: ActionLine, names: dict[str, str]) -> str:
    """Its words, and to whom it went."""
    to = names.get(str(line.facts.get("to", "")), "")
    return ". ".join(filter(None, (f"To {to}" if to and line.action == Act.ASSIGNED else "", line.notes)))


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_words(inner)}" for key, inner in value.items())
    return "; ".join(map(_words, value)) if isinstance(value, list) else str(value)
