"""A person says what became of a charge or refund that nobody answered; a second one agrees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dashboards.ops.payments.words import PAYMENT, REFUND, payment_url, provider_name, what_to_do
from foundation import clock
from foundation.approvals.selectors import pending_by_subject
from foundation.errors import Refusal
from foundation.http.components import Badge
from foundation.http.forms import Words
from foundation.identity.actors import actor_of
from foundation.money import Money
from processors.payments.desk import Dossier, dossier_of, payment_of_refund
from processors.payments.services import ask_charge_decision, ask_refund_decision
from processors.payments.states import PaymentState, RefundState
from processors.payments.types import Decided

Ask = Callable[[Decided, str], UUID]


class OutcomeForm(forms.Form):
    happened = forms.ChoiceField(label="What became of it")
    provider_ref = forms.CharField(
        max_length=120, required=False, label="The provider's number",
        help_text="Of exactly this movement, if it happened; refunds and reports go by it.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    proof = Words(
        max_length=200, label="Proof",
        help_text="Where you saw it: a line of the provider's report, a ticket, a statement. It stays with it.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    reason = Words(
        max_length=300, label="In words", help_text="Whoever agrees reads it.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, *args: Any, words: tuple[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["happened"].choices = [("", "Choose"), ("yes", words[0]), ("no", words[1])]  # type: ignore[attr-defined]

    def decided(self) -> Decided:
        said = self.cleaned_data
        return Decided(said["happened"] == "yes", said["proof"], said["provider_ref"].strip())


def payment(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """What became of a charge."""
    found = dossier_of(payment_id, at=clock.now())
    form = OutcomeForm(request.POST or None, words=("The money was taken", "Nothing was taken"))
    pending = pending_by_subject("processors.attempt").get(str(found.last_attempt_id))
    by, at = actor_of(request), clock.now()
    return _answer(
        request, found, form, PAYMENT[PaymentState(found.payment.state)], pending,
        amount=found.payment.amount, reference=found.last_reference, is_open=found.is_undecided,
        title="What became of it",
        ask=lambda decided, reason: ask_charge_decision(
            payment_id=payment_id, decided=decided, reason=reason, by=by, at=at
        ),
    )  # fmt: skip


def refund(request: HttpRequest, refund_id: UUID) -> HttpResponse:
    """What became of a refund."""
    payment_id, view = payment_of_refund(refund_id)
    form = OutcomeForm(request.POST or None, words=("The money went back", "Nothing went back"))
    pending = pending_by_subject("processors.refund").get(str(refund_id))
    by, at = actor_of(request), clock.now()
    return _answer(
        request, dossier_of(payment_id, at=at), form, REFUND[RefundState(view.state)], pending,
        amount=view.amount, reference=view.reference, is_open=view.is_undecided, title="What became of the refund",
        ask=lambda decided, reason: ask_refund_decision(
            refund_id=refund_id, decided=decided, reason=reason, by=by, at=at
        ),
    )  # fmt: skip


def _answer(
    request: HttpRequest, found: Dossier, form: OutcomeForm, badge: Badge, pending: UUID | None, *, amount: Money,
    reference: str, is_open: bool, title: str, ask: Ask,
) -> HttpResponse:  # fmt: skip
    if request.method == "POST" and is_open and form.is_valid():
        try:
            asked = ask(form.decided(), form.cleaned_data["reason"])
        except Refusal as refused:
            form.add_error(None, f"{refused.detail} {what_to_do(refused.code)}")
        else:
            messages.success(request, "Written down. It happens as soon as somebody else agrees.")
            return redirect("ops:approval", approval_id=asked)
    view = found.payment
    context = {
        "found": found, "view": view, "form": form, "badge": badge, "pending": pending, "amount": amount,
        "reference": reference, "is_open": is_open, "title": title, "provider": provider_name(view.provider),
        "page_currency": amount.currency,
        "crumbs": [("Payments", reverse("ops:payments")), (view.reference, payment_url(view.id)), (title, "")],
    }  # fmt: skip
    status = 409 if form.is_bound and (not is_open or form.non_field_errors()) else 200
    return render(request, "ops/payments/outcome.html", context, status=status)
