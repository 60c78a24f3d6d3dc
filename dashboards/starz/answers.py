"""One question about a payout that ended; the answer goes back to the payout's page."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from foundation import clock
from foundation.errors import Invalid
from foundation.http.forms import Words
from foundation.identity.actors import actor_of, party_of
from payouts.operations.survey import QUESTION, STARS, answer_question, question_about


class AnswerForm(forms.Form):
    stars = forms.TypedChoiceField(label=QUESTION, coerce=int, choices=STARS, widget=forms.RadioSelect)
    words = Words(
        label="Anything we should know?", required=False, max_length=500,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip


def asked_about(payout_id: UUID, creator_id: UUID) -> dict[str, object]:
    """What `starz/question.html` draws: the question while it may be answered, the thanks afterwards."""
    asked = question_about(payout_id, creator_id=creator_id)
    return {"asked": asked, "answer_form": AnswerForm() if asked.is_open else None}


def answer(request: HttpRequest, payout_id: UUID) -> HttpResponse:
    creator_id, form = party_of(actor_of(request)), AnswerForm(request.POST)
    question_about(payout_id, creator_id=creator_id)
    if not form.is_valid():
        raise Invalid("payouts.bad_answer", "Choose one of the five answers.")
    said = form.cleaned_data
    answer_question(
        payout_id=payout_id, creator_id=creator_id, stars=said["stars"], words=said["words"],
        by=actor_of(request), at=clock.now(),
    )  # fmt: skip
    messages.success(request, "Thank you. People read every answer.")
    return redirect("starz:payout", payout_id=payout_id)
