"""What people do with a payout: each a form, a sentence, one call; who was slower reads what holds now."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dashboards.ops.payouts.words import PAYOUT, payout_url, rail_name, short, what_to_do
from foundation import clock
from foundation.errors import Conflict, Refusal
from foundation.http.amounts import plain_amount
from foundation.http.forms import Words, parse_amount
from foundation.identity.actors import actor_of
from foundation.money import Money
from foundation.reasons import Reason
from payouts.freezes.services import place_freeze
from payouts.freezes.states import FreezeType, ReleasePath, Severity
from payouts.freezes.types import Scope, Why
from payouts.life.errors import refusal
from payouts.life.services import ask_payout, ask_return, cancel_payout, confirm_by_hand, extend_escrow
from payouts.life.states import PayoutState
from payouts.operations.dossier import Dossier, dossier_of
from payouts.words import DEEDS

CREATOR_CODES = [
    (code, code.label)
    for code in (
        Reason.CHECK_IN_PROGRESS, Reason.NEW_ACCOUNT_LARGE_PAYOUT, Reason.CHARGEBACK_SPIKE, Reason.HIGH_REFUND_RATIO,
        Reason.CONCENTRATED_PAYERS, Reason.BANK_CHANGED, Reason.KYC_MISSING, Reason.TAX_FORM, Reason.SECURITY,
        Reason.DECIDED_BY_PERSON,
    )
]  # fmt: skip
OFFERED = ("nothing", "contact", "answer_disputes", "verify_identity", "upload_document", "tax_form",
           "review_listings", "check_method")  # fmt: skip
HOURS = [(12, "12 hours"), (24, "A day"), (48, "2 days"), (72, "3 days"), (168, "A week")]
REVIEWS = [(24, "A day"), (72, "3 days"), (168, "A week"), (336, "2 weeks")]


class ReasonForm(forms.Form):
    reason = Words(
        max_length=300, help_text="It stays with the payout and in the audit trail.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
    )  # fmt: skip


class ExtendForm(ReasonForm):
    """Later by so many hours than what the reader saw."""

    hours = forms.TypedChoiceField(label="Longer by", coerce=int, choices=HOURS, initial=24)
    code = forms.ChoiceField(label="What the creator reads", choices=CREATOR_CODES, initial="CHECK_IN_PROGRESS")
    seen_until = forms.CharField(widget=forms.HiddenInput, max_length=40)
    field_order = ("hours", "code", "reason")


class FreezeForm(forms.Form):
    code = forms.ChoiceField(label="What the creator reads", choices=CREATOR_CODES, initial="CHECK_IN_PROGRESS")
    action = forms.ChoiceField(
        label="What they can do", choices=[(name, DEEDS[name].text) for name in OFFERED], initial="nothing"
    )
    severity = forms.ChoiceField(
        choices=[(s, s.label) for s in Severity if s is not Severity.LOW], initial=Severity.HIGH
    )  # fmt: skip
    path = forms.ChoiceField(
        label="It ends",
        choices=[
            (ReleasePath.MANUAL_REVIEW, "when a person has looked, by the date below"),
            (ReleasePath.TIME_BASED, "by itself, at the date below"),
        ],
    )
    hours = forms.TypedChoiceField(label="Date, from now", coerce=int, choices=REVIEWS, initial=72)
    reason = Words(
        label="Why", max_length=1000, help_text="For staff only; it stays with the freeze.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip


class ProofForm(forms.Form):
    proof = Words(
        max_length=120, label="Proof", help_text="The reference on the bank's statement. It stays with the payout.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True, "spellcheck": "false"}),
    )  # fmt: skip


class ReturnForm(forms.Form):
    """What came back of what was sent, and by what that is known."""

    came = forms.CharField(label="What came back", max_length=24, widget=forms.TextInput(
        attrs={"inputmode": "decimal", "autocomplete": "off", "autofocus": True}))  # fmt: skip
    proof = Words(
        label="The bank's reference", max_length=500,
        help_text="As its statement names the credit. Whoever agrees reads it; it stays in the audit trail.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip

    def __init__(self, sent: Money, said: Any) -> None:
        super().__init__(said, initial={"came": plain_amount(sent)})
        self.sent = sent

    def clean_came(self) -> Money:
        return parse_amount(self.cleaned_data["came"], self.sent)


def extend(request: HttpRequest, payout_id: UUID) -> HttpResponse:
    """It waits longer, for a reason the creator reads and one that staff reads."""
    found = dossier_of(payout_id)
    ends = found.escrow.planned_release_at
    form = ExtendForm(request.POST or None, initial={"seen_until": ends.isoformat()})
    if request.method == "POST" and found.can_be_extended and form.is_valid():
        said = form.cleaned_data
        try:
            _refuse_changed(said["seen_until"], ends)
            until = max(ends, clock.now()) + timedelta(hours=said["hours"])
            extend_escrow(
                payout_id=payout_id, until=until, code=said["code"], reason=said["reason"], by=actor_of(request),
                at=clock.now(),
            )  # fmt: skip
            return _done(request, payout_id, "It waits longer, and the creator is told the new date.")
        except Refusal as refused:
            form.add_error(None, _in_words(refused))
    why_not = "" if found.can_be_extended else "payouts.not_in_escrow"
    return _page(request, found, form, why_not, "Make it wait longer", "Make it wait longer", EXTEND_NOTE)


def freeze(request: HttpRequest, payout_id: UUID) -> HttpResponse:
    """Only this payout stops; the creator reads why, until when and what they can do."""
    found = dossier_of(payout_id)
    form = FreezeForm(request.POST or None)
    if request.method == "POST" and found.can_be_frozen and form.is_valid():
        by, at, said = actor_of(request), clock.now(), form.cleaned_data
        ends = at + timedelta(hours=said["hours"])
        is_timed = said["path"] == ReleasePath.TIME_BASED
        why = Why(
            code=said["code"], severity=Severity(said["severity"]), action=said["action"],
            path=ReleasePath(said["path"]), source=f"{by.reference} {payout_id}", notes=said["reason"],
            release_at=ends if is_timed else None, review_by=None if is_timed else ends,
        )  # fmt: skip
        scope = Scope(FreezeType.PAYOUT, found.payout.creator_id, payout_id=payout_id)
        try:
            place_freeze(scope=scope, why=why, by=by, at=at)
            return _done(request, payout_id, "Frozen. The creator was told why, until when and what they can do.")
        except Refusal as refused:
            form.add_error(None, _in_words(refused))
    why_not = "" if found.can_be_frozen else "payouts.too_late"
    return _page(request, found, form, why_not, "Freeze", "Freeze this payout", FREEZE_NOTE, is_danger=True)


def cancel(request: HttpRequest, payout_id: UUID) -> HttpResponse:
    """Given up before it leaves; the money is available to the creator again."""
    found = dossier_of(payout_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and found.can_be_cancelled and form.is_valid():
        try:
            cancel_payout(payout_id=payout_id, reason=form.cleaned_data["reason"], by=actor_of(request), at=clock.now())
            return _done(request, payout_id, "Given up. The money is available to the creator again.")
        except Refusal as refused:
            form.add_error(None, _in_words(refused))
    why_not = "" if found.can_be_cancelled else "payouts.frozen" if found.is_frozen else "payouts.too_late"
    return _page(request, found, form, why_not, "Cancel", "Cancel the payout", CANCEL_NOTE, is_danger=True)


def confirm(request: HttpRequest, payout_id: UUID) -> HttpResponse:
    """A bank's statement shows that it arrived, and the rail does not say so itself."""
    found = dossier_of(payout_id)
    form = ProofForm(request.POST or None)
    if request.method == "POST" and found.to_confirm and form.is_valid():
        try:
            confirm_by_hand(
                instruction_id=found.to_confirm, proof=form.cleaned_data["proof"], by=actor_of(request), at=clock.now()
            )
            return _done(request, payout_id, "Paid. The books have it, with your proof.")
        except Refusal as refused:
            form.add_error(None, _in_words(refused))
    why_not = "" if found.to_confirm else "payouts.not_by_hand"
    return _page(request, found, form, why_not, "Confirm by hand", "It arrived", CONFIRM_NOTE)


def came_back(request: HttpRequest, payout_id: UUID) -> HttpResponse:
    """It came back and no rail will say so: asked with proof, booked when a second person agrees."""
    found = dossier_of(payout_id)
    told = found.to_return
    form = ReturnForm(told.amount if told else found.payout.amount, request.POST or None)
    if request.method == "POST" and told is not None and form.is_valid():
        said = form.cleaned_data
        try:
            asked = ask_return(
                instruction_id=told.instruction.id, came=said["came"], proof=said["proof"], by=actor_of(request),
                at=clock.now(),
            )  # fmt: skip
            messages.success(request, "Asked. Nothing is booked until a second person agrees.")
            return redirect("ops:approval", approval_id=asked.pk)
        except Refusal as refused:
            form.add_error(None, _in_words(refused))
    why_not = "" if told else "payouts.not_by_hand"
    return _page(request, found, form, why_not, "It came back", "Ask for it to be booked", RETURN_NOTE)


def ask(request: HttpRequest, payout_id: UUID) -> HttpResponse:
    """Ask the rail what became of it, now."""
    before = dossier_of(payout_id)
    answered = ask_payout(payout_id=payout_id, by=actor_of(request))
    rail = rail_name(before.payout.rail)
    if answered is None:
        messages.info(request, f"{rail} was not asked: it is being told of it at this moment, or has nothing to say.")
    elif answered.state == before.payout.state:
        messages.info(request, f"{rail} was asked. Nothing new: {PAYOUT[PayoutState(answered.state)].word.lower()}.")
    else:
        word = PAYOUT[PayoutState(answered.state)].word.lower()
        messages.success(request, f"{rail} was asked. Now we know: {word}.")
    return redirect("ops:payout", payout_id=payout_id)


EXTEND_NOTE = (
    "The creator is told the new date at once. A date is never made earlier again; release goes on by itself when it "
    "comes."
)
FREEZE_NOTE = "Only this payout stops. Everything else of the creator goes on. You release it from Holds."
CANCEL_NOTE = "Nothing leaves. What the creator owes is taken first; the rest is available to them again at once."
CONFIRM_NOTE = "Look at the bank's statement first: the books take the money out of our account with this."

RETURN_NOTE = (
    "When a second person agrees, the creator has all that was sent again, debts first. What banks kept of it on the "
    "way is booked as the rail's charge, ours to bear."
)


def _refuse_changed(seen: str, ends: datetime) -> None:
    """A form that was sent twice, or a colleague who was faster, adds nothing on top."""
    if seen != ends.isoformat():
        raise Conflict("payouts.changed_meanwhile", "Meanwhile its date was changed.")


def _done(request: HttpRequest, payout_id: UUID, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect("ops:payout", payout_id=payout_id)


def _page(
    request: HttpRequest, found: Dossier, form: forms.Form, why_not: str, title: str, button: str, note: str, *,
    is_danger: bool = False,
) -> HttpResponse:  # fmt: skip
    view = found.payout
    name = found.line.creator or short(view.creator_id)
    context: dict[str, Any] = {
        "found": found, "view": view, "line": found.line, "form": form, "title": title, "button": button, "note": note,
        "name": name, "badge": PAYOUT[view.state], "is_danger": is_danger, "rail": rail_name(view.rail),
        "why_not": refusal(why_not).detail if why_not else "", "what_to_do": what_to_do(why_not) if why_not else "",
        "back": payout_url(view.id), "page_currency": view.amount.currency,
        "crumbs": [("Payouts", reverse("ops:payouts")), (name, payout_url(view.id)), (title, "")],
    }  # fmt: skip
    is_refused = form.is_bound and (why_not or form.non_field_errors())
    return render(request, "ops/payouts/act.html", context, status=409 if is_refused else 200)


def _in_words(refused: Refusal) -> str:
    return f"{refused.detail} {what_to_do(refused.code)} Nothing was changed."
