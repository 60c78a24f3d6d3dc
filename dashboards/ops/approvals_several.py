"""Several requests of one kind at once: the list and the sum first, then one reason, then what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode

from dashboards.ops.approvals import BADGES, DecisionForm, kind_words, url_of
from foundation import clock
from foundation.approvals.selectors import choose_several
from foundation.approvals.several import MOST_AT_ONCE, Outcome, decide_several
from foundation.approvals.states import State, Verdict
from foundation.approvals.types import ApprovalLine, Chosen
from foundation.errors import Invalid
from foundation.http.components import Badge, Column, Due, Link, Row, Table
from foundation.http.templatetags.fanz import told_plainly
from foundation.identity.actors import actor_of
from foundation.money import Money

WORDS = {
    State.PENDING: Badge("Agreed; takes another person", "review", "check"),
    **{state: BADGES[state] for state in (State.APPLIED, State.FAILED, State.REJECTED)},
}
UNDECIDED = Badge("Not decided", "delayed", "warn")


def several(request: HttpRequest) -> HttpResponse:
    given = request.POST if request.method == "POST" else request.GET
    chosen = choose_several(_ids(given.getlist("id")), actor_of(request))
    kinds = {one.line.kind for one in chosen}
    context: dict[str, Any] = {"crumbs": [("Approvals", reverse("ops:approvals")), ("Several at once", "")]}
    if len(kinds) != 1:
        return render(request, "ops/approvals_several.html", {**context, "kinds": _by_kind(chosen)})
    form = DecisionForm(request.POST or None)
    context["kind"] = kind_words(kinds.pop())
    if request.method == "POST" and form.is_valid():
        outcomes = decide_several(
            verdict=_verdict(request),
            seen={one.line.id: request.POST.get(f"seen-{one.line.id}", "") for one in chosen},
            reason=form.cleaned_data["reason"], by=actor_of(request), at=clock.now(),
        )  # fmt: skip
        context["done"] = sum(one.state is not None for one in outcomes)
        context["table"] = _outcomes_table(chosen, outcomes)
        return render(request, "ops/approvals_several.html", context)
    open_to_me = [one.line for one in chosen if not one.why_not_in_words]
    context |= {
        "form": form,
        "table": _chosen_table(chosen),
        "lines": open_to_me,
        "others": len(chosen) - len(open_to_me),
        "sums": _sums(open_to_me),
        "people": len({line.affected_name for line in open_to_me if line.affected_name}),
        "page_keys": [("a", "Approve"), ("r", "Refuse")],
    }
    return render(request, "ops/approvals_several.html", context)


def _verdict(request: HttpRequest) -> Verdict:
    said = request.POST.get("verdict")
    if said not in Verdict.values:
        raise Invalid("approvals.no_verdict", "Say whether you approve or refuse.")
    return Verdict(said)


def _ids(texts: Sequence[str]) -> list[UUID]:
    if len(texts) > MOST_AT_ONCE:
        raise Invalid("approvals.too_many", f"At most {MOST_AT_ONCE} requests are decided at once.")
    try:
        return [UUID(text) for text in texts]
    except ValueError:
        raise Invalid("request.invalid", "That is no list of requests.") from None


def _sums(lines: Sequence[ApprovalLine]) -> list[Money]:
    """What they come to, in each currency; nothing for changes without an amount."""
    amounts = sorted((line.amount for line in lines if line.amount), key=lambda amount: amount.currency)
    return [sum(group, Money.zero(currency)) for currency, group in groupby(amounts, lambda amount: amount.currency)]


def _by_kind(chosen: Sequence[Chosen]) -> list[tuple[str, int, str]]:
    """Each kind among them, how many, and where these alone are decided."""
    found: dict[str, list[str]] = {}
    for one in chosen:
        found.setdefault(one.line.kind, []).append(str(one.line.id))
    here = reverse("ops:approvals_several")
    return [
        (kind_words(kind), len(ids), f"{here}?{urlencode({'id': ids}, doseq=True)}")
        for kind, ids in sorted(found.items())
    ]


def _effects(one: Chosen) -> str:
    said = []
    for effect in one.effects:
        before, after = told_plainly(effect.before), told_plainly(effect.after)
        said.append(f"{effect.name}: {before} → {after}" if before else f"{effect.name}: {after}")
    return "; ".join([*said, f"needs {one.line.needs}"] if one.line.needs else said)


def _chosen_table(chosen: Sequence[Chosen]) -> Table:
    rows = [
        Row([
            Link(one.line.title, url_of(one.line), _effects(one)),
            one.line.affected_name,
            one.line.amount,
            Link(one.line.requester_name, "", one.reason),
            Badge(one.why_not_in_words, "neutral", "info") if one.why_not_in_words else Due(one.line.due_at),
        ])
        for one in chosen
    ]  # fmt: skip
    columns = [
        Column("What"), Column("About"), Column("Amount", end=True), Column("Asked by, and why"), Column("Due"),
    ]  # fmt: skip
    return Table("Requests chosen", columns, rows, keys=True)


def _outcomes_table(chosen: Sequence[Chosen], outcomes: Sequence[Outcome]) -> Table:
    lines = {one.line.id: one.line for one in chosen}
    rows = [
        Row([
            Link(lines[one.approval_id].title, url_of(lines[one.approval_id]), one.why_not),
            lines[one.approval_id].affected_name,
            lines[one.approval_id].amount,
            WORDS[one.state] if one.state else UNDECIDED,
        ])
        for one in sorted(outcomes, key=lambda one: one.state is not None)
    ]  # fmt: skip
    columns = [Column("What"), Column("About"), Column("Amount", end=True), Column("Outcome", tight=True)]
    return Table("What became of each", columns, rows, keys=True)
