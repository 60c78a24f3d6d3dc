"""One payout: who has it, when it is there and why, what its creator can do, and all that happened."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dashboards import documents
from dashboards.starz.answers import asked_about
from dashboards.starz.payouts.pages import me
from dashboards.starz.payouts.words import badge_of_payout, deeds, moments_of, stages_of
from foundation import clock
from foundation.errors import Invalid, Refusal
from foundation.http.amounts import amount_text
from foundation.http.components import Id
from foundation.http.forms import Words
from foundation.identity.actors import actor_of
from foundation.identity.sessions import is_on_word_alone
from payouts.life.services import cancel_payout, choose_method
from payouts.life.types import DOCUMENTS_ABOUT
from payouts.transparency.selectors import get_dossier, other_ways, questions_of
from payouts.transparency.services import MOST_WORDS, ask_person

GIVEN_UP = "the creator gave it up"


class QuestionForm(forms.Form):
    question = Words(
        label="Your question", max_length=MOST_WORDS, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="A person of our support reads it. Asking makes nothing later.",
    )  # fmt: skip


def payout(request: HttpRequest, payout_id: UUID) -> HttpResponse:
    return _page(request, payout_id, QuestionForm())


def cancel(request: HttpRequest, payout_id: UUID) -> HttpResponse:
    """It is given up; the money is in the balance again."""
    try:
        cancel_payout(
            payout_id=payout_id, reason=GIVEN_UP, by=actor_of(request), at=clock.now(), creator_id=me(request)
        )
        messages.success(request, "Given up. The money is in your balance again.")
    except Refusal as refusal:
        _say(request, refusal)
    return redirect("starz:payout", payout_id=payout_id)


def choose(request: HttpRequest, payout_id: UUID) -> HttpResponse:
    """It goes to another destination."""
    creator_id = me(request)
    get_dossier(payout_id, creator_id=creator_id, at=clock.now())
    try:
        method_id = UUID(request.POST.get("method", ""))
    except ValueError:
        raise Invalid("request.invalid", "Say where it is to go.") from None
    try:
        done = choose_method(
            payout_id=payout_id, method_id=method_id, creator_id=creator_id, by=actor_of(request), at=clock.now()
        )
        messages.success(request, f"It goes to {done.method.label} now.")
    except Refusal as refusal:
        _say(request, refusal)
    return redirect("starz:payout", payout_id=payout_id)


def ask(request: HttpRequest, payout_id: UUID) -> HttpResponse:
    """A question to a person."""
    form = QuestionForm(request.POST)
    if not form.is_valid():
        return _page(request, payout_id, form)
    try:
        ask_person(
            payout_id=payout_id, creator_id=me(request), question=form.cleaned_data["question"], by=actor_of(request),
            at=clock.now(),
        )  # fmt: skip
        messages.success(request, "Asked. A person answers within a day; you are told, and the answer stands here.")
    except Refusal as refusal:
        _say(request, refusal)
    return redirect("starz:payout", payout_id=payout_id)


def _page(request: HttpRequest, payout_id: UUID, form: QuestionForm) -> HttpResponse:
    creator_id, at = me(request), clock.now()
    dossier = get_dossier(payout_id, creator_id=creator_id, at=at)
    one = dossier.payout
    ways = other_ways(payout_id, creator_id=creator_id, at=at) if one.can_reroute else []
    is_creator = not is_on_word_alone(actor_of(request))
    past = tuple(moment for moment in dossier.timeline if is_creator or not moment.is_correspondence)
    context = {
        "one": one, "badge": badge_of_payout(one), "stages": stages_of(one.stages), "deeds": deeds(one.options),
        "history": moments_of(past), "ways": ways, "form": form,
        "is_later": bool(one.arrival and one.promised_at and one.arrival.arrives_by > one.promised_at),
        "facts": [
            ("Asked for", one.amount + one.withheld), ("Tax kept back", one.withheld or None),
            ("Fee", one.fee or "none"), ("You receive", one.receives),
            ("Paid to", one.destination), ("By", one.rail), ("Asked on", one.requested_at),
            ("By your plan", True if one.is_asked_by_schedule else None), ("First promised by", one.promised_at),
            ("Sent", one.sent_at), ("Arrived", one.paid_at), ("Number", Id(str(one.id))),
        ],
        "title": f"Payout of {amount_text(one.amount)}", "page_currency": one.amount.currency,
        "crumbs": [("Payouts", reverse("starz:payouts")), (amount_text(one.amount), "")],
    }  # fmt: skip
    if is_creator:
        context |= {
            **documents.shown(
                DOCUMENTS_ABOUT, payout_id, opened_at=lambda id: reverse("starz:document", args=[id]),
                post="" if one.ended_at else reverse("starz:payout_documents", args=[payout_id]),
            ),
            "told": dossier.messages, "questions": questions_of(payout_id, creator_id=creator_id),
            **asked_about(payout_id, creator_id),
        }  # fmt: skip
    return render(request, "starz/payout.html", context, status=422 if form.is_bound else 200)


def _say(request: HttpRequest, refusal: Refusal) -> None:
    if refusal.status == 404:
        raise refusal
    messages.error(request, refusal.detail)
