"""What creators ask about their payouts: the queue, and one question with the form that answers it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dashboards.ops.payouts.words import PAYOUT, payout_url, short
from dashboards.shell import open_url
from foundation import clock
from foundation.errors import Invalid, Refusal
from foundation.http.components import Ago, Column, Due, Empty, Id, Link, Row, Table
from foundation.http.forms import Words
from foundation.identity.actors import actor_of
from foundation.identity.names import names_of
from payouts.life.states import PayoutState
from payouts.operations.questions import Question, count_waiting, get_question, list_questions, questions_about
from payouts.transparency.services import MOST_WORDS, answer_creator

PAGE, FEW_WORDS = 50, 140


class AnswerForm(forms.Form):
    answer = Words(
        label="Your answer", max_length=MOST_WORDS, widget=forms.Textarea(attrs={"rows": 5, "autofocus": True}),
        help_text="The creator reads exactly this: cause, date, what they can do. No score, rule or check by name.",
    )  # fmt: skip


def questions(request: HttpRequest) -> HttpResponse:
    is_open = request.GET.get("view", "open") != "answered"
    found = list_questions(is_open=is_open, after=_id(request.GET.get("after")), limit=PAGE)
    here = reverse("ops:questions")
    context = {
        "table": _open_table(found) if is_open else _answered_table(found),
        "views": [
            (here, "Waiting", count_waiting(), is_open),
            (f"{here}?view=answered", "Answered", None, not is_open),
        ],
        "crumbs": [("Payouts", open_url("ops:payouts", request)), ("Questions", "")],
    }
    return render(request, "ops/payouts/questions.html", context)


def question(request: HttpRequest, question_id: UUID) -> HttpResponse:
    found, form = get_question(question_id), AnswerForm(request.POST or None)
    refused = ""
    if request.method == "POST" and form.is_valid():
        try:
            answer_creator(
                question_id=question_id, answer=form.cleaned_data["answer"], by=actor_of(request), at=clock.now()
            )
            messages.success(request, "Answered. The creator was told.")
            return redirect("ops:questions")
        except Refusal as error:
            refused, found = f"{error.detail} Your answer was not sent.", get_question(question_id)
    others = [one for one in questions_about(found.payout_id) if one.id != question_id]
    names = names_of({one.answered_by for one in (found, *others) if one.answered_by})
    name = found.creator or short(found.creator_id)
    context: dict[str, Any] = {
        "found": found, "form": form, "refused": refused, "name": name, "by": names.get(found.answered_by, ""),
        "others": others, "badge": PAYOUT[PayoutState(found.state)], "page_currency": found.amount.currency,
        "facts": [
            ("Payout", Link(short(found.payout_id), payout_url(found.payout_id))),
            ("Creator", Id(str(found.creator_id), name)), ("On", found.platforms), ("Amount", found.amount),
            ("Asked", found.asked_at), ("Answered", found.answered_at),
        ],
        "crumbs": [
            ("Payouts", open_url("ops:payouts", request)), ("Questions", reverse("ops:questions")), (name, ""),
        ],
    }  # fmt: skip
    return render(request, "ops/payouts/question.html", context, status=409 if refused else 200)


def _open_table(found: list[Question]) -> Table:
    rows = [Row([*_cells(one), Due(one.due_at)]) for one in found]
    columns = [Column("Question"), Column("Payout", tight=True), Column("Amount", end=True), Column("Due", tight=True)]
    empty = Empty("No question waits", "What creators ask about their payouts appears here.", icon="check")
    following = f"?after={found[-1].id}" if len(found) == PAGE else ""
    return Table("Questions that wait", columns, rows, empty, next_url=following, next_word="Later", keys=True)


def _answered_table(found: list[Question]) -> Table:
    rows = [Row([*_cells(one), Ago(one.answered_at) if one.answered_at else None]) for one in found]
    columns = [
        Column("Question"), Column("Payout", tight=True), Column("Amount", end=True), Column("Answered", tight=True)
    ]  # fmt: skip
    following = f"?view=answered&after={found[-1].id}" if len(found) == PAGE else ""
    return Table("Answered questions", columns, rows, Empty("Nothing was answered yet"), next_url=following, keys=True)


def _cells(one: Question) -> list[Any]:
    words = one.words if len(one.words) <= FEW_WORDS else f"{one.words[:FEW_WORDS].rstrip()}…"
    who = f"{one.creator or short(one.creator_id)}, {one.platforms or 'no platform'}"
    return [Link(words, reverse("ops:question", args=[one.id]), who), PAYOUT[PayoutState(one.state)], one.amount]


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid("request.invalid", "That is no page of this list.") from None
