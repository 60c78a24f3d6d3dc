"""The audit viewer: records, their proof, and a pack to take away."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from foundation import clock
from foundation.actors import ActorKind
from foundation.audit.reading import note_reading, read_records
from foundation.audit.selectors import AuditLine, AuditQuery, get_record, search_records
from foundation.errors import Invalid, NotFound
from foundation.http.components import Badge, Column, Empty, Id, Link, Row, Table
from foundation.http.forms import Day
from foundation.identity.actors import actor_of
from foundation.identity.names import names_of, people_called
from foundation.seal.selectors import ChainState, chain_state, proof_of

PAGE, MOST_IN_A_PACK = 50, 200
OUTCOMES = {
    "done": Badge("Done", "normal", "check"),
    "refused": Badge("Refused", "frozen", "x"),
    "read": Badge("Read", "review", "search"),
}


class Filters(forms.Form):
    q = forms.CharField(
        label="Search", required=False, max_length=200,
        widget=forms.TextInput(attrs={"placeholder": "Person, part of an action, number, request", "type": "search"}),
    )  # fmt: skip
    outcome = forms.ChoiceField(
        label="Outcome",
        required=False,
        choices=[("", "All"), *((key, badge.word) for key, badge in OUTCOMES.items())],
    )
    by = forms.ChoiceField(
        label="By",
        required=False,
        choices=[("", "Anybody"), (ActorKind.USER.value, "People only"), (ActorKind.CLIENT.value, "Programs only")],
    )
    since = Day(label="From", required=False)
    until = Day(label="To", required=False)

    def query(self) -> AuditQuery:
        said = self.cleaned_data
        words = said["q"].strip()
        until = said["until"] and said["until"] + timedelta(days=1)
        return AuditQuery(
            words,
            people_called(words) if words else (),
            said["outcome"],
            _midnight(said["since"]),
            _midnight(until),
            actor_kind=said["by"],
        )


def _midnight(day: Any) -> datetime | None:
    """Where a day begins for the reader."""
    return datetime.combine(day, time(), tzinfo=timezone.get_current_timezone()).astimezone(UTC) if day else None


def chain_badge(chain: ChainState) -> Badge:
    if not chain.is_sound:
        return Badge("Chain broken", "frozen", "warn")
    if chain.verified_at is None:
        return Badge("Chain not verified yet", "delayed", "clock")
    return Badge(f"Chain verified to #{chain.verified_to}", "normal", "chain")


def chain(request: HttpRequest) -> HttpResponse:
    """How far the chain is proven, for a page that stays open: it reads no record, so it leaves none."""
    state = chain_state("audit")
    return render(request, "compliance/chain.html", {"chain": state, "chain_badge": chain_badge(state)})


def records(request: HttpRequest) -> HttpResponse:
    filters = Filters(request.GET)
    by, before = actor_of(request), _before(request)
    found = read_records(filters.query(), by=by, before=before, limit=PAGE) if filters.is_valid() else []
    state = chain_state("audit")
    chosen = {key: value for key, value in request.GET.items() if value and key != "before"}
    older = "?" + urlencode({**chosen, "before": found[-1].id}) if len(found) == PAGE else ""
    context = {
        "filters": filters,
        "table": _table(found, next_url=older),
        "chain": state,
        "chain_badge": chain_badge(state),
        "pack_url": reverse("compliance:audit_pack") + "?" + urlencode(chosen),
        "table_url": reverse("compliance:audit_export") + "?" + urlencode(chosen),
        "is_filtered": bool(chosen),
    }
    return render(request, "compliance/audit.html", context)


def _table(found: list[AuditLine], *, next_url: str) -> Table:
    names = names_of(line.actor for line in found)
    rows = [
        Row([
            Link(line.action, reverse("compliance:audit_record", args=[line.id]), line.reason),
            names[line.actor],
            Id(line.subject_id, _short(line)) if line.subject_id else None,
            OUTCOMES[line.outcome],
            line.at,
        ])
        for line in found
    ]  # fmt: skip
    columns = [*map(Column, ("What", "Who", "On")), Column("Outcome", tight=True), Column("When", tight=True)]
    empty = Empty("No record fits", "Take a filter away, or look in a longer span of time.", icon="search")
    return Table("Audit records", columns, rows, empty, next_url=next_url, keys=True)


def _short(line: AuditLine) -> str:
    """`identity.user` 0199…7f3a reads `user …7f3a`; short numbers stay whole."""
    kind, number = line.subject_type.rpartition(".")[2], line.subject_id
    return f"{kind} {number if len(number) <= 24 else '…' + number[-6:]}"


def record_page(request: HttpRequest, number: int) -> HttpResponse:
    line = get_record(number)
    note_reading("audit.record_read", AuditQuery(words=f"#{number}"), by=actor_of(request), subjects=1)
    context = {
        "line": line,
        "who": names_of([line.actor])[line.actor],
        "badge": OUTCOMES[line.outcome],
        "facts": sorted((name.replace("_", " "), _words(value)) for name, value in line.facts.items()),
        "proof": _proof(number),
        "crumbs": [("Audit", reverse("compliance:audit")), (f"#{number}", "")],
    }
    return render(request, "compliance/record.html", context)


def pack(request: HttpRequest) -> HttpResponse:
    """Records that fit the filters, each with the way to the sealed root; taking it is itself recorded."""
    filters = Filters(request.GET)
    if not filters.is_valid():
        raise Invalid("request.invalid", "These filters cannot be read.")
    found, by = search_records(filters.query(), limit=MOST_IN_A_PACK), actor_of(request)
    chosen = {key: value for key, value in request.GET.items() if value}
    people = {line.actor for line in found if line.actor.startswith("user:")}
    note_reading("audit.pack_taken", filters.query(), by=by, subjects=len(people), records=len(found))
    names = names_of(line.actor for line in found)
    at = clock.now()
    body = {
        "made_at": at,
        "query": chosen,
        "chain": _chain(chain_state("audit")),
        "how_to_check": "manage.py audit_verify --json",
        "records": [
            {
                "id": line.id, "at": line.at, "actor": line.actor, "actor_name": names[line.actor],
                "action": line.action, "outcome": line.outcome, "subject_type": line.subject_type,
                "subject_id": line.subject_id, "reason": line.reason, "facts": line.facts,
                "request_id": line.request_id, "proof": _proof(line.id),
            }
            for line in found
        ],
    }  # fmt: skip
    response = JsonResponse(body, json_dumps_params={"indent": 1})
    response.headers["Content-Disposition"] = f'attachment; filename="audit-{at:%Y%m%d-%H%M%S}.json"'
    return response


def _chain(chain: ChainState) -> dict[str, Any]:
    return {
        "sealed_to": chain.sealed_to,
        "verified_to": chain.verified_to,
        "verified_at": chain.verified_at,
        "is_sound": chain.is_sound,
    }


def _proof(number: int) -> dict[str, Any] | None:
    """Nothing for the second in which a record is not sealed yet."""
    try:
        return proof_of("audit", number)
    except NotFound:
        return None


def _before(request: HttpRequest) -> int | None:
    text = request.GET.get("before", "")
    if text and not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Invalid("request.invalid", "That is no page of this list.")
    return int(text) if text else None


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_words(inner)}" for key, inner in value.items())
    return ", ".join(map(_words, value)) if isinstance(value, list) else "none" if value is None else str(value)
