"""Packs of audit records with proof: asked for, agreed to by a second person, made, taken, gone after a week."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone

from compliance.packs.agreeing import KIND, NOTHING
from compliance.packs.services import Pack, Stage, get_pack, list_packs, take
from dashboards.asking import asked
from dashboards.shell import open_url
from foundation import clock
from foundation.audit.models import Outcome
from foundation.http.components import Ago, Badge, Column, Empty, JobBar, Link, Row, Table
from foundation.http.forms import Day, Words
from foundation.http.tables import download
from foundation.identity.actors import actor_of
from foundation.identity.names import names_of
from foundation.seal.roots import fingerprint

BADGES = {
    Stage.ASKED: Badge("Waits for a second person", "review", "clock"),
    Stage.MADE: Badge("Being made", "review", "clock"),
    Stage.READY: Badge("Ready", "normal", "check"),
    Stage.FAILED: Badge("Cannot be made", "frozen", "warn"),
    Stage.OVER: Badge("Over", "neutral", "dot"),
}


class AskForm(forms.Form):
    since = Day(label="From")
    until = Day(label="To, this day too")
    actor = forms.CharField(
        label="By whom", required=False, max_length=120, help_text="The whole name, like user:0199… or system:sealer."
    )
    action = forms.CharField(
        required=False, max_length=100, help_text="The whole name of an action, like switch.moved."
    )
    subject_id = forms.CharField(
        label="About", required=False, max_length=80, help_text="The whole number of what it is about."
    )
    outcome = forms.ChoiceField(required=False, choices=[("", "All"), *Outcome.choices])
    personal_why = Words(
        label="Why addresses and agents have to be in it", required=False, max_length=300,
        help_text="Left empty they stay in the house.",
    )  # fmt: skip
    reason = Words(
        max_length=500, widget=forms.TextInput(attrs={"autocomplete": "off"}), help_text="Whoever decides reads it."
    )

    def payload(self) -> dict[str, Any]:
        said = self.cleaned_data
        names = ("actor", "action", "subject_id", "outcome", "personal_why")
        until = min(_midnight(said["until"] + timedelta(days=1)), clock.now())
        span = {"since": _midnight(said["since"]).isoformat(), "until": until.isoformat()}
        return {**NOTHING, **span, **{name: said[name].strip() for name in names}}


def _midnight(day: Any) -> datetime:
    """Where a day begins for the reader."""
    return datetime.combine(day, time(), tzinfo=timezone.get_current_timezone()).astimezone(UTC)


def packs(request: HttpRequest) -> HttpResponse:
    context = {
        "table": _table(list_packs()),
        "fingerprint": fingerprint(),
        "ask_url": open_url("compliance:ask_audit_pack", request),
        "crumbs": [("Audit", reverse("compliance:audit")), ("Packs", "")],
    }
    return render(request, "compliance/packs.html", context)


def ask(request: HttpRequest) -> HttpResponse:
    known = {name: request.GET[name] for name in ("since", "until", "outcome") if request.GET.get(name)}
    form = AskForm(request.POST or None, initial=known)
    if number := asked(request, form, KIND):
        messages.success(request, "Asked. The pack is made as soon as somebody else agrees.")
        return redirect("compliance:signed_pack", pack_id=number)
    crumbs = [("Audit", reverse("compliance:audit")), ("Packs", reverse("compliance:audit_packs")), ("Ask", "")]
    return render(request, "compliance/ask_pack.html", {"form": form, "crumbs": crumbs})


def pack(request: HttpRequest, pack_id: UUID) -> HttpResponse | StreamingHttpResponse:
    """How far it is; a POST takes it."""
    by = actor_of(request)
    if request.method == "POST":
        return download(
            take(pack_id, by=by, at=clock.now()), content_type="application/zip", filename=f"audit-pack-{pack_id}.zip"
        )
    found = get_pack(pack_id)
    bar = JobBar("Records", found.done, found.of, "records") if found.stage is Stage.MADE and found.of else None
    context = {
        "pack": found,
        "badge": BADGES[found.stage],
        "bar": bar,
        "is_moving": found.stage is Stage.MADE,
        "is_ready": found.stage is Stage.READY,
        "is_mine": found.approval.requester == by.reference,
        "facts": _facts(found),
        "fingerprint": fingerprint(),
        "approval_url": reverse("ops:approval", args=[pack_id]),
        "crumbs": [("Audit", reverse("compliance:audit")), ("Packs", reverse("compliance:audit_packs")), ("One", "")],
    }
    return render(request, "compliance/pack.html", context)


def _facts(found: Pack) -> list[tuple[str, Any]]:
    payload, row = found.approval.payload, found.approval
    facts = [(name.replace("_", " ").capitalize(), payload[name]) for name in NOTHING if payload[name]]
    facts = [(name, value) for name, value in facts if name != "Personal why"]
    facts.append(
        ("Addresses and agents", f"in, because {payload['personal_why']}" if payload["personal_why"] else "out")
    )
    facts += [("Asked by", names_of([row.requester])[row.requester]), ("Why", row.reason)]
    if found.size:
        facts.append(("Size", filesizeformat(found.size)))
    return facts


def _table(found: list[Pack]) -> Table:
    names = names_of(one.approval.requester for one in found)
    rows = [
        Row([
            Link(_period(one), reverse("compliance:signed_pack", args=[one.approval.pk]), one.approval.reason),
            names[one.approval.requester],
            Ago(one.approval.requested_at),
            BADGES[one.stage],
        ])
        for one in found
    ]  # fmt: skip
    columns = [Column("Records"), Column("Asked by"), Column("When", tight=True), Column("State", tight=True)]
    return Table("Packs", columns, rows, Empty("No pack was asked for yet"), keys=True)


def _period(one: Pack) -> str:
    payload = one.approval.payload
    narrowed = [str(payload[name]) for name in ("subject_id", "action", "actor", "outcome") if payload[name]]
    first, after = (timezone.localtime(datetime.fromisoformat(payload[name])) for name in ("since", "until"))
    last = after - timedelta(microseconds=1)
    return f"{first:%-d %b %Y} to {last:%-d %b %Y}, {', '.join(narrowed) or 'everything'}"
