"""Giving money back, taking a charge back, and asking the provider: each a form, a sentence, one call."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dashboards.ops.payments.words import PAYMENT, REFUND, payment_url, what_to_do
from foundation import clock
from foundation.actors import Actor
from foundation.errors import Conflict, Refusal
from foundation.http.amounts import amount_text, plain_amount
from foundation.http.forms import Words, parse_amount
from foundation.identity.actors import actor_of
from foundation.money import Money
from processors.crypto.services import coins_back, settle_coin_refund
from processors.crypto.types import CoinsBack
from processors.payments.desk import Dossier, dossier_of, payment_of_refund
from processors.payments.services import (
    cancel_payment,
    repair_payment,
    repair_refund,
    send_refund,
    settle_refund_by_hand,
    void_payment,
)
from processors.payments.states import PaymentState, RefundState
from processors.payments.types import RefundView
from trust.refunds import ask_refund

REASONS = (
    "The fan asked for it", "Content was not delivered", "Charged twice", "Charged by mistake",
    "Suspected fraud: given back before a dispute",
)  # fmt: skip
CHANGED = "Meanwhile some of it was given back."
SAID = {
    RefundState.SUCCEEDED: "The money is back, and the books have it.",
    RefundState.PENDING: "The provider took it and is not done yet. Nothing else is needed from you.",
    RefundState.SENT: "It is on its way.",
    RefundState.UNKNOWN: "The answer was lost. The provider is asked until we know; do not refund again.",
    RefundState.REQUESTED: "It waits for a second person, because it is large or one of many. Nothing was sent.",
    RefundState.MANUAL_DUE: "This provider cannot send it. Pay it by hand, then say so here with the proof.",
    RefundState.FAILED: "The provider refused. Nothing was given back; the cause stands with the refund.",
    RefundState.PREPARED: "Written down. It is sent as soon as refunds run again.",
}


class ReasonForm(forms.Form):
    reason = Words(
        max_length=300, help_text="It stays with the refund; support reads it to the fan.",
        widget=forms.TextInput(attrs={"list": "usual-reasons", "autocomplete": "off", "autofocus": True}),
    )  # fmt: skip


class RefundForm(ReasonForm):
    """The amount as people write it, in the payment's own currency, up to the last cent that is left."""

    amount = forms.CharField(max_length=24, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    seen_left = forms.IntegerField(widget=forms.HiddenInput)
    field_order = ("amount", "reason")

    def __init__(self, *args: Any, left: Money, **kwargs: Any) -> None:
        self.left = left
        kwargs["initial"] = {"amount": plain_amount(left), "seen_left": left.minor}
        super().__init__(*args, **kwargs)
        self.fields["amount"].label = f"Amount in {left.currency}"
        self.fields["amount"].help_text = f"{amount_text(left)} is left. Enter less to give back a part."

    def clean(self) -> dict[str, Any]:
        """A form that was sent twice, or a colleague who was faster, gives nothing back twice."""
        said = super().clean() or {}
        if said.get("seen_left") != self.left.minor:
            raise forms.ValidationError(f"{CHANGED} {what_to_do('payments.changed_meanwhile')}")
        return said

    def clean_amount(self) -> Money:
        return parse_amount(self.cleaned_data["amount"], self.left)


class ProofForm(forms.Form):
    proof = Words(
        max_length=200, label="Proof",
        help_text="A transaction id of the chain, or the bank's reference of the transfer. It stays with the refund.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True, "spellcheck": "false"}),
    )  # fmt: skip


class CoinsForm(ProofForm):
    """How many coins left our keys; what is filled in is the refund at the newest rate."""

    coins = forms.DecimalField(max_digits=30, decimal_places=18, min_value=0)
    fee = forms.DecimalField(max_digits=30, decimal_places=18, min_value=0, initial=0)
    field_order = ("coins", "fee", "proof")

    def __init__(self, *args: Any, back: CoinsBack, **kwargs: Any) -> None:
        kwargs["initial"] = {"coins": back.now or back.then, "fee": "0"}
        super().__init__(*args, **kwargs)
        rate = f"{back.now} at today's rate" if back.now else "nobody said a rate today"
        self.fields["coins"].label = f"{back.coin} sent to the fan"
        self.fields["coins"].help_text = f"{rate}; {back.then} at the rate it was paid at."
        self.fields["fee"].label = f"Network fee in {back.fee_coin}"
        self.fields["fee"].help_text = "What the network took on top. The house bears it."
        self.fields["proof"].label = "Transaction id"
        self.fields["proof"].help_text = "Of the chain. It stays with the refund."
        for name in ("coins", "fee"):
            self.fields[name].widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})


def refund(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """Some or all of it goes back: the whole of what is left is filled in, a reason, one button."""
    found = dossier_of(payment_id, at=clock.now())
    form = RefundForm(request.POST or None, left=found.payment.refundable)
    if request.method == "POST" and not found.why_not_refund and form.is_valid():
        try:
            return _given(request, payment_id, _refund(request, found, **form.cleaned_data))
        except Refusal as refused:
            form.add_error(None, _in_words(refused))
    return _form_page(request, found, form, found.why_not_refund, "Refund", "Refund")


def void(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """The whole charge is taken back before it settles."""
    found = dossier_of(payment_id, at=clock.now())
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and not found.why_not_void and form.is_valid():
        by, at = actor_of(request), clock.now()
        try:
            with transaction.atomic():
                begun = void_payment(payment_id=payment_id, reason=form.cleaned_data["reason"], by=by, at=at)
            return _given(request, payment_id, send_refund(refund_id=begun.pk, by=by))
        except Refusal as refused:
            form.add_error(None, _in_words(refused))
    return _form_page(request, found, form, found.why_not_void, "Void", "Void the whole charge")


def cancel(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """Given up before any money moved."""
    found = dossier_of(payment_id, at=clock.now())
    form = ReasonForm(request.POST or None)
    why_not = "" if found.can_be_cancelled else "payments.cannot_cancel"
    if request.method == "POST" and not why_not and form.is_valid():
        try:
            cancel_payment(
                payment_id=payment_id, reason=form.cleaned_data["reason"], by=actor_of(request), at=clock.now()
            )
            messages.success(request, "Cancelled. The fan was not charged.")
            return redirect("ops:payment", payment_id=payment_id)
        except Refusal as refused:
            form.add_error(None, _in_words(refused))
    return _form_page(request, found, form, why_not, "Cancel", "Cancel the payment")


def settle(request: HttpRequest, refund_id: UUID) -> HttpResponse:
    """Somebody paid a refund by hand and says how it can be proved."""
    payment_id, due = payment_of_refund(refund_id)
    back = coins_back(due, at=clock.now()) if due.is_from_treasury else None
    form = CoinsForm(request.POST or None, back=back) if back else ProofForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _settle(due, form, by=actor_of(request), at=clock.now())
            messages.success(request, "Settled. The books have it, with your proof.")
            return redirect("ops:payment", payment_id=payment_id)
        except Refusal as refused:
            form.add_error(None, _in_words(refused))
    found = dossier_of(payment_id, at=clock.now())
    context = {
        "found": found, "view": found.payment, "refund": due, "form": form, "badge": REFUND[RefundState(due.state)],
        "is_due": due.state == RefundState.MANUAL_DUE, "page_currency": due.amount.currency,
        "back": back, "crumbs": [*_crumbs(found), ("Refund by hand", "")],
    }  # fmt: skip
    return render(request, "ops/payments/settle.html", context, status=409 if form.non_field_errors() else 200)


def _settle(due: RefundView, form: ProofForm, *, by: Actor, at: datetime) -> None:
    if isinstance(form, CoinsForm):
        settle_coin_refund(refund=due, **form.cleaned_data, by=by, at=at)
    else:
        settle_refund_by_hand(refund_id=due.id, **form.cleaned_data, by=by, at=at)


def ask(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """Ask the provider what became of it, now."""
    before = dossier_of(payment_id, at=clock.now()).payment.state
    after = repair_payment(payment_id=payment_id, by=actor_of(request)).state
    word = PAYMENT[PaymentState(after)].word.lower()
    if after == before:
        messages.info(request, f"The provider was asked. Nothing new: {word}.")
    else:
        messages.success(request, f"The provider was asked. Now we know: {word}.")
    return redirect("ops:payment", payment_id=payment_id)


def ask_about_refund(request: HttpRequest, refund_id: UUID) -> HttpResponse:
    """Ask the provider what became of a refund; one that never left is sent."""
    payment_id, _ = payment_of_refund(refund_id)
    return _given(request, payment_id, repair_refund(refund_id=refund_id, by=actor_of(request)))


def _refund(request: HttpRequest, found: Dossier, *, amount: Money, reason: str, seen_left: int) -> RefundView:
    by = actor_of(request)
    with transaction.atomic():
        asked = ask_refund(payment=found.payment, amount=amount, reason=reason, by=by, at=clock.now())
        if asked.payment.refundable.minor not in (seen_left, seen_left - amount.minor):
            raise Conflict("payments.changed_meanwhile", CHANGED)
    if asked.state != RefundState.PREPARED:
        return payment_of_refund(asked.pk)[1]
    return send_refund(refund_id=asked.pk, by=by)


def _given(request: HttpRequest, payment_id: UUID, view: RefundView) -> HttpResponse:
    state = RefundState(view.state)
    tell = messages.warning if state in (RefundState.FAILED, RefundState.UNKNOWN) else messages.success
    tell(request, f"{view.amount}: {SAID.get(state, REFUND[state].word)}")
    return redirect("ops:payment", payment_id=payment_id)


def _form_page(
    request: HttpRequest, found: Dossier, form: forms.Form, why_not: str, title: str, button: str
) -> HttpResponse:
    context = {
        "found": found, "view": found.payment, "form": form, "title": title, "button": button, "reasons": REASONS,
        "badge": PAYMENT[PaymentState(found.payment.state)], "why_not": why_not,
        "what_to_do": what_to_do(why_not) if why_not else "", "back": payment_url(found.payment.id),
        "crumbs": [*_crumbs(found), (title, "")], "page_currency": found.payment.amount.currency,
        "api": _by_api(found, title),
    }  # fmt: skip
    is_refused = form.is_bound and (why_not or form.non_field_errors())
    return render(request, "ops/payments/act.html", context, status=409 if is_refused else 200)


def _by_api(found: Dossier, title: str) -> tuple[str, str]:
    """Where the platform's program asks for the same, and with which body."""
    view = found.payment
    if title != "Refund":
        return f"/api/v1/payments/{view.id}/{title.lower()}", '{"reason": "…"}'
    left = view.refundable
    asked = {"payment_id": str(view.id), "amount_minor": left.minor, "currency": left.currency, "reason": "…"}
    return "/api/v1/refunds", json.dumps(asked, ensure_ascii=False)


def _crumbs(found: Dossier) -> list[tuple[str, str]]:
    view = found.payment
    return [("Payments", reverse("ops:payments")), (view.reference, payment_url(view.id))]


def _in_words(refused: Refusal) -> str:
    return f"{refused.detail} {what_to_do(refused.code)} Nothing was sent."
