"""The crisis console: what is stopped, what stopping would touch, and the way back through two people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dashboards.crisis.forms import ForceForm, ReasonForm, ShareForm, StopForm
from foundation import clock
from foundation.actors import Actor
from foundation.errors import Invalid
from foundation.http.components import (
    Action,
    Ago,
    Badge,
    Column,
    Due,
    Empty,
    Id,
    Link,
    Moment,
    Row,
    Table,
)  # fmt: skip
from foundation.identity.actors import actor_of
from foundation.switches.selectors import get_switch, history_of, in_words, list_switches, preview_of, share_of
from foundation.switches.services import force_setting, lower_share, request_resume, stop_switch
from foundation.switches.states import NEEDS_TWO, Deed, Kind, State
from foundation.switches.types import Change, SwitchLine

RUNNING, STOPPED = Badge("Running", "normal", "check"), Badge("Stopped", "frozen", "stop")
OVERDUE = Badge("Stopped too long", "frozen", "warn")


def badge_of(line: SwitchLine) -> Badge:
    """A stop, or the value in force."""
    if line.declared.kind is Kind.KILL:
        return RUNNING if line.state == State.RUNNING else OVERDUE if line.is_expired else STOPPED
    is_normal = line.value is None or line.value == line.declared.default
    shown = f"{share_of(line.declared, line.value)} %" if line.declared.kind is Kind.ROLLOUT else in_words(line.value)
    return Badge(shown, "neutral" if is_normal else "delayed", "dot" if is_normal else "warn")


def is_off_normal(line: SwitchLine) -> bool:
    """Whether somebody turned this switch."""
    return line.state == State.STOPPED or line.value is not None


def switch_table(lines: list[SwitchLine]) -> Table:
    rows = []
    for line in lines:
        declared = line.declared
        url = reverse("crisis:switch", args=[declared.key])
        touched = ", ".join(f"{figure.value} {figure.name}" for figure in preview_of(declared.key))
        since = Ago(line.changed_at) if line.changed_at and is_off_normal(line) else None
        what = Link(declared.title, url, declared.key)
        rows.append(Row([what, badge_of(line), declared.scope, touched or declared.consequence, since],
                        actions=[Action("Open", href=url, about=declared.title)]))  # fmt: skip
    columns = [Column("Switch"), Column("State", tight=True), Column("Where"), Column("If pulled now"), Column("Since")]
    return Table("Switches", columns, rows, Empty("There are no switches yet", icon="switch"), keys=True)


def switches(request: HttpRequest) -> HttpResponse:
    lines = list_switches(actor_of(request))
    turned = [line for line in lines if is_off_normal(line)]
    return render(
        request, "crisis/switches.html", {"table": switch_table(lines), "turned": turned, "count": len(lines)}
    )


def switch(request: HttpRequest, key: str) -> HttpResponse:
    viewer = actor_of(request)
    line = get_switch(key, viewer)
    deed = request.POST.get("deed", "")
    bound = {deed: _form(deed, line, request.POST)} if request.method == "POST" else {}
    if bound and bound[deed].is_valid():
        messages.success(request, DEEDS[deed](line, bound[deed].cleaned_data, viewer))
        return redirect("crisis:switch", key=key)
    context = {
        "line": line,
        "declared": line.declared,
        "badge": badge_of(line),
        "is_off_normal": is_off_normal(line),
        "figures": preview_of(key),
        "history": [_moment(change) for change in history_of(key)],
        "forms": {name: bound.get(name) or _form(name, line, None) for name in _deeds_for(line)},
        "command": f"manage.py crisis_switch stop {key} --reason '…' --hours 4 --actor you@example --otp 000000",
        "facts": _facts(line),
        "crumbs": [("Switches", reverse("crisis:switches")), (line.declared.title, "")],
    }
    return render(request, "crisis/switch.html", context)


def _facts(line: SwitchLine) -> list[tuple[str, Any]]:
    facts: list[tuple[str, Any]] = [("Key", Id(line.declared.key)), ("Where", line.declared.scope)]
    if is_off_normal(line):
        facts += [("Turned by", line.changed_by_name), ("When", line.changed_at), ("Because", line.reason)]
    if line.expires_at:
        facts.append(("Alarm", Due(line.expires_at)))
    unreadable = "this counts as stopped" if line.declared.fails == "closed" else "this goes on"
    return [*facts, ("If the switch cannot be read", unreadable)]


def _deeds_for(line: SwitchLine) -> list[str]:
    """What this viewer may do here now."""
    careful = {Kind.KILL: "stop", Kind.SETTING: "force", Kind.ROLLOUT: "lower"}[line.declared.kind]
    deeds = [careful] if line.may_stop else []
    is_back = not is_off_normal(line) if line.declared.kind is not Kind.ROLLOUT else False
    return deeds if is_back or line.pending_approval_id else [*deeds, "resume"]


def _form(deed: str, line: SwitchLine, data: Any) -> forms.Form:
    if deed == "stop":
        return StopForm(data, phrase=line.declared.phrase, auto_id="stop_%s")
    if deed == "force":
        return ForceForm(data, declared=line.declared, auto_id="force_%s")
    if deed == "lower":
        return ShareForm(data, auto_id="lower_%s")
    if deed == "resume":
        form = ShareForm if line.declared.kind is Kind.ROLLOUT else ReasonForm
        return form(data, auto_id="resume_%s")
    raise Invalid("switches.bad_value", "There is no such thing to do with a switch.")


def _stop(line: SwitchLine, said: dict[str, Any], by: Actor) -> str:
    at = clock.now()
    expires_at = at + timedelta(hours=int(said["hours"])) if said["hours"] else None
    stop_switch(key=line.declared.key, reason=said["reason"], by=by, at=at, expires_at=expires_at)
    return "Stopped everywhere within two seconds. Two people start it again."


def _force(line: SwitchLine, said: dict[str, Any], by: Actor) -> str:
    value = next(choice for choice in line.declared.choices if str(choice) == said["value"])
    force_setting(key=line.declared.key, value=value, reason=said["reason"], by=by, at=clock.now())
    return "Forced everywhere within two seconds. Two people release it."


def _lower(line: SwitchLine, said: dict[str, Any], by: Actor) -> str:
    lower_share(key=line.declared.key, percent=said["percent"], reason=said["reason"], by=by, at=clock.now())
    return "Lowered everywhere within two seconds. Two people raise it."


def _resume(line: SwitchLine, said: dict[str, Any], by: Actor) -> str:
    to = {Kind.KILL: "RUNNING", Kind.SETTING: "DEFAULT"}.get(line.declared.kind) or str(said["percent"])
    request_resume(key=line.declared.key, reason=said["reason"], by=by, at=clock.now(), to=to)
    return "Asked. It happens as soon as somebody else agrees."


DEEDS: dict[str, Callable[[SwitchLine, dict[str, Any], Actor], str]] = {
    "stop": _stop, "force": _force, "lower": _lower, "resume": _resume,
}  # fmt: skip


def _moment(change: Change) -> Moment:
    is_back = change.deed in NEEDS_TWO
    tone, icon = ("normal", "check") if is_back else ("frozen", "stop")
    href = reverse("ops:approval", args=[change.approval_id]) if change.approval_id else ""
    is_value = change.deed in (Deed.FORCED, Deed.LOWERED, Deed.RELEASED, Deed.RAISED)
    title = f"{change.deed.label}: {change.before} → {change.after}" if is_value else change.deed.label
    return Moment(change.at, title, change.by_name, change.reason, tone, icon, href)  # type: ignore[arg-type]
