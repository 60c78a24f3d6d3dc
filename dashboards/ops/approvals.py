"""The approval centre: what waits for a second person, and one request with everything a decider should see."""

from __future__ import annotations

from functools import lru_cache
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dashboards.shell import open_url, waits_behind
from foundation import clock
from foundation.approvals.selectors import get_approval, list_settled, list_waiting
from foundation.approvals.services import approve, reject, withdraw_approval
from foundation.approvals.states import State
from foundation.approvals.types import ApprovalDetail, ApprovalLine, Vote
from foundation.errors import Invalid
from foundation.http.components import (
    Action,
    Ago,
    Badge,
    Change,
    Column,
    Due,
    Empty,
    Link,
    Moment,
    Row,
    Table,
)  # fmt: skip
from foundation.http.forms import Words
from foundation.identity.actors import actor_of

PAGE, PICKS = 50, "several"
BADGES = {
    State.PENDING: Badge("Waiting", "review", "clock"),
    State.APPROVED: Badge("Being applied", "review", "clock"),
    State.APPLIED: Badge("Applied", "normal", "check"),
    State.FAILED: Badge("Not applied", "delayed", "warn"),
    State.REJECTED: Badge("Refused", "frozen", "x"),
    State.WITHDRAWN: Badge("Taken back", "neutral", "dot"),
    State.EXPIRED: Badge("Ran out", "neutral", "clock"),
}
SAID = {
    State.PENDING: "Your agreement is written down. It still takes another person.",
    State.APPLIED: "Approved. The change was made.",
    State.FAILED: "Approved, but the world had moved on: nothing was changed. The request says why.",
    State.REJECTED: "Refused. Nothing was changed.",
    State.WITHDRAWN: "Taken back. Nothing was changed.",
}


class DecisionForm(forms.Form):
    reason = Words(
        label="Reason",
        max_length=500,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="It stays with the decision, and the person who asked reads it.",
    )


def kind_words(kind: str) -> str:
    """`role.grant` as people say it."""
    return kind.replace(".", " ").replace("_", " ").capitalize()


def _kind_and_needs(line: ApprovalLine) -> str:
    return f"{kind_words(line.kind)}, needs {line.needs}" if line.needs else kind_words(line.kind)


def url_of(line: ApprovalLine) -> str:
    return _url(line.id)


@lru_cache(maxsize=4_096)
def _url(approval_id: UUID) -> str:
    return reverse("ops:approval", args=[approval_id])


NOTHING = Empty("Nothing waits", "When somebody asks for a second pair of eyes it appears here.")


def waiting_table(
    lines: list[ApprovalLine],
    *,
    caption: str = "Requests that wait",
    empty: Empty = NOTHING,
    picks: str = "",
    is_narrow: bool = False,
) -> Table:
    """The queue, most urgent first; with `picks`, those of others can be chosen to be decided together."""
    rows = [
        Row(
            [
                Link(line.title, url_of(line), _kind_and_needs(line)),
                line.affected_name,
                line.amount,
                *([] if is_narrow else [line.requester_name]),
                Due(line.due_at),
            ],
            actions=[Action("Look", href=url_of(line), about=f"at {line.title}")],
            pick=str(line.id) if picks and not line.is_mine else "",
            about=line.title,
        )
        for line in lines
    ]
    columns = [
        Column("What"),
        Column("About"),
        Column("Amount", end=True),
        *([] if is_narrow else [Column("Asked by")]),
        Column("Due", tight=True),
    ]
    return Table(caption, columns, rows, empty, keys=True, picks=picks)


def settled_table(lines: list[ApprovalLine]) -> Table:
    rows = [
        Row([
            Link(line.title, url_of(line), kind_words(line.kind)),
            line.affected_name,
            line.amount,
            line.requester_name,
            BADGES[line.state],
            Ago(line.settled_at) if line.settled_at else None,
        ])
        for line in lines
    ]  # fmt: skip
    older = f"?view=settled&before={lines[-1].id}" if len(lines) == PAGE else ""
    columns = [
        *map(Column, ("What", "About", "Amount", "Asked by")),
        Column("Outcome", tight=True),
        Column("When", tight=True),
    ]
    return Table("Settled requests", columns, rows, Empty("Nothing was settled yet"), next_url=older, keys=True)


def approvals(request: HttpRequest) -> HttpResponse:
    viewer, view = actor_of(request), request.GET.get("view", "waiting")
    waiting = list_waiting(viewer)
    asked = [line for line in waiting if line.is_mine]
    if view == "settled":
        table = settled_table(list_settled(viewer, before=_id(request.GET.get("before")), limit=PAGE))
    elif view == "mine":
        table = waiting_table(asked, caption="Requests of mine", empty=Empty("You are waiting for nobody"))
    else:
        table = waiting_table(waiting, picks=PICKS)
    tabs = [("waiting", "Waiting", len(waiting)), ("mine", "Asked by me", len(asked)), ("settled", "Settled", None)]
    context = {
        "table": table,
        "tabs": tabs,
        "view": view,
        "picks": PICKS,
        "page_keys": [("x", "Choose a request"), ("d", "Decide those chosen")],
        "for_me": waits_behind("ops:approvals", request),
        "amounts_url": reverse("ops:amount_bounds"),
        "ask_role_url": open_url("ops:ask_role", request),
    }
    return render(request, "ops/approvals.html", context)


def approval(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    viewer = actor_of(request)
    form = DecisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        settled = _decide(request, approval_id, form.cleaned_data["reason"])
        messages.success(request, SAID[settled])
        return redirect("ops:approvals")
    found = get_approval(approval_id, viewer)
    context = {
        "found": found,
        "line": found.line,
        "form": form,
        "badge": BADGES[found.line.state],
        "kind": kind_words(found.line.kind),
        "changes": [Change(effect.name, effect.before, effect.after) for effect in found.effects],
        "history": _history(found),
        "crumbs": [("Approvals", reverse("ops:approvals")), (found.line.title, "")],
        "page_keys": [("a", "Approve"), ("r", "Refuse")],
    }
    return render(request, "ops/approval.html", context)


def _decide(request: HttpRequest, approval_id: UUID, reason: str) -> State:
    by, at, verdict = actor_of(request), clock.now(), request.POST.get("verdict")
    if verdict == "withdraw":
        return State(withdraw_approval(approval_id=approval_id, reason=reason, by=by, at=at).state)
    decide = {"approve": approve, "reject": reject}.get(str(verdict))
    if decide is None:
        raise Invalid("approvals.no_verdict", "Say whether you approve or refuse.")
    seen_hash = request.POST.get("seen_hash", "")
    return State(decide(approval_id=approval_id, seen_hash=seen_hash, reason=reason, by=by, at=at).state)


def _history(found: ApprovalDetail) -> list[Moment]:
    line = found.line
    asked = Moment(line.requested_at, "Asked", line.requester_name, found.reason, "review", "inbox")
    moments = [asked, *map(_vote, found.votes)]
    if line.settled_at and line.state not in (State.REJECTED, State.PENDING):
        badge = BADGES[line.state]
        why = found.failure_code if line.state == State.FAILED else ""
        moments.append(Moment(line.settled_at, badge.word, "", why, badge.tone, badge.icon))
    return moments


def _vote(vote: Vote) -> Moment:
    agreed = vote.verdict == "approve"
    tone, icon = ("normal", "check") if agreed else ("frozen", "x")
    return Moment(vote.at, "Approved" if agreed else "Refused", vote.by_name, vote.reason, tone, icon)  # type: ignore[arg-type]


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid("request.invalid", "That is no page of this list.") from None
