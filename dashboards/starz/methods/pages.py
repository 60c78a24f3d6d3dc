"""The pages of payout methods: each form makes one call."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters

from dashboards.starz.methods.fields import SAYS, DestinationForm
from foundation import clock
from foundation.errors import Invalid, Refusal, StepUpRequired
from foundation.http.components import Badge
from foundation.identity import sessions
from foundation.identity.actors import actor_of, party_of
from payouts.calendars import eta
from payouts.methods.rules.cooling import CODE_LASTS
from payouts.methods.selectors import get_method, list_methods, list_rails
from payouts.methods.services import (
    add_method,
    disown_method,
    prefer_method,
    prove_method,
    remove_method,
    send_code,
)
from payouts.methods.states import MethodState, Rail
from payouts.methods.types import MethodView, RailView

BADGES = {
    MethodState.UNVERIFIED: Badge("Waits for its code", "delayed", "mail"),
    MethodState.COOLING: Badge("Waits", "delayed", "clock"),
    MethodState.ACTIVE: Badge("In use", "normal", "check"),
    MethodState.DISABLED: Badge("Stopped", "frozen", "stop"),
    MethodState.REPLACED: Badge("Removed", "neutral", "x"),
}
CRUMB = "Payout methods"


class ProofForm(forms.Form):
    code = forms.CharField(
        label="Code from the mail", max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True}),
    )  # fmt: skip


def listing(request: HttpRequest) -> HttpResponse:
    found = list_methods(_me(request))
    context = {
        "lines": [(method, BADGES[method.state], Rail(method.rail).label) for method in found],
        "is_first": not found,
    }
    return render(request, "starz/methods.html", context)


@sensitive_post_parameters()
def add(request: HttpRequest) -> HttpResponse:
    """Choose a way of being paid, then fill in its fields. Who they are is asked before anything is typed."""
    if not sessions.has_stepped_up(actor_of(request)):
        raise StepUpRequired()
    creator_id, replaced = _me(request), _replaced(request)
    offered = list_rails()
    chosen = request.GET.get("rail", "") or (replaced.rail if replaced else "")
    rail = next((one for one in offered if one.rail == chosen), None)
    if chosen and rail is None:
        raise Invalid("request.invalid", "There is no such way of being paid.")
    crumbs: list[tuple[str, str]] = [(CRUMB, reverse("starz:methods")), ("Add", "")]
    if rail is None:
        lines = [(one, SAYS[Rail(one.rail)], eta(one.rail, clock.now()).arrives_by) for one in offered]
        context = {"rails": lines, "crumbs": crumbs}
        return render(request, "starz/method_choose.html", context)
    form = DestinationForm(rail, request.POST or None, currency=replaced.currency if replaced else "")
    if request.method == "POST" and form.is_valid():
        try:
            made = add_method(
                creator_id=creator_id, rail=rail.rail, currency=form.cleaned_data["currency"], details=form.details,
                replaces_id=replaced.id if replaced else None, by=actor_of(request), at=clock.now(),
            )  # fmt: skip
        except Refusal as refusal:
            form.show(refusal)
        else:
            messages.success(request, "Added. A code is on its way to your e-mail address; it proves that it was you.")
            return redirect("starz:method", method_id=made.id)
    return render(request, "starz/method_add.html", _of_form(form, rail, replaced, crumbs))


def one(request: HttpRequest, method_id: UUID) -> HttpResponse:
    """One destination: what it waits for, its code, and what can be done with it."""
    method = get_method(method_id, creator_id=_me(request))
    form = ProofForm(request.POST if request.POST.get("do") == "prove" else None)
    if request.method == "POST" and (said := _prove(request, method, form)):
        messages.success(request, said)
        return redirect("starz:method", method_id=method_id)
    context = {
        "method": method, "badge": BADGES[method.state], "rail": Rail(method.rail).label, "form": form,
        "minutes": int(CODE_LASTS.total_seconds()) // 60,
        "may_prefer": method.state in (MethodState.ACTIVE, MethodState.COOLING) and not method.is_preferred,
        "is_gone": method.state is MethodState.REPLACED,
        "crumbs": [(CRUMB, reverse("starz:methods")), (method.label, "")],
    }  # fmt: skip
    return render(request, "starz/method.html", context, status=422 if form.errors else 200)


def prefer(request: HttpRequest, method_id: UUID) -> HttpResponse:
    return _done(request, prefer_method, method_id, "Your payouts of this currency go here from now on.")


def remove(request: HttpRequest, method_id: UUID) -> HttpResponse:
    return _done(request, remove_method, method_id, "Removed. Nothing is paid there any more.")


def disown(request: HttpRequest, method_id: UUID) -> HttpResponse:
    """No password is asked for: whoever is frightened has to be able to stop it."""
    return _done(
        request, disown_method, method_id,
        "Stopped: nothing goes there. Change your password now, and sign out everywhere else.",
    )  # fmt: skip


def _done(request: HttpRequest, verb: Any, method_id: UUID, said: str) -> HttpResponse:
    try:
        verb(method_id=method_id, creator_id=_me(request), by=actor_of(request), at=clock.now())
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        messages.error(request, refusal.detail)
        return redirect("starz:method", method_id=method_id)
    messages.success(request, said)
    return redirect("starz:methods")


def _prove(request: HttpRequest, method: MethodView, form: ProofForm) -> str:
    """What was done, or nothing when the form says why not."""
    who: dict[str, Any] = {"method_id": method.id, "creator_id": method.creator_id, "by": actor_of(request)}
    do = request.POST.get("do", "")
    if do not in ("prove", "code"):
        raise Invalid("request.invalid", "Say what to do with it.")
    try:
        if do == "code":
            send_code(**who, at=clock.now())
            return "Another code is on its way. The one before proves nothing any more."
        if form.is_valid():
            done = prove_method(**who, code=form.cleaned_data["code"], at=clock.now())
            return "Proved." if done.state is MethodState.ACTIVE else "Proved. It is used as soon as its wait is over."
    except Refusal as refusal:
        if do == "prove":
            form.add_error("code", refusal.detail)
        else:
            messages.error(request, refusal.detail)
    return ""


def _of_form(
    form: DestinationForm, rail: RailView, replaced: MethodView | None, crumbs: list[tuple[str, str]]
) -> dict[str, Any]:
    return {"form": form, "rail": rail, "says": SAYS[Rail(rail.rail)], "replaced": replaced, "crumbs": crumbs}


def _replaced(request: HttpRequest) -> MethodView | None:
    text = request.GET.get("replaces", "")
    try:
        return get_method(UUID(text), creator_id=_me(request)) if text else None
    except ValueError:
        raise Invalid("request.invalid", "There is no such payout method.") from None


def _me(request: HttpRequest) -> UUID:
    return party_of(actor_of(request))
