"""What payments can be narrowed to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms

from dashboards.ops.ledger.parts import midnight
from dashboards.ops.payments.words import PAYMENT, provider_name
from foundation.http.forms import Day
from foundation.identity.selectors import platform_names
from ledger.rules.flows.sales import Product
from processors.payments.desk import PaymentQuery, list_merchants

CURRENCIES = ("USD", "EUR", "GBP", "CAD", "AUD", "JPY")
ALL = ("", "All")


class Filters(forms.Form):
    q = forms.CharField(
        label="Find one", required=False, max_length=120,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": "Id, reference, provider's number", "autocomplete": "off"}
        ),
    )  # fmt: skip
    state = forms.ChoiceField(required=False, choices=[ALL, *((str(s), badge.word) for s, badge in PAYMENT.items())])
    platform = forms.ChoiceField(required=False)
    provider = forms.ChoiceField(required=False)
    product = forms.ChoiceField(required=False, choices=[ALL, *((str(p), p.capitalize()) for p in Product)])
    currency = forms.ChoiceField(required=False, choices=[ALL, *((c, c) for c in CURRENCIES)])
    since = Day(label="From (UTC)", required=False)
    until = Day(label="To, included", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        providers = sorted({provider for _, provider in list_merchants()})
        self._choose("platform", [(str(id), name) for id, name in platform_names().items()])
        self._choose("provider", [(provider, provider_name(provider)) for provider in providers])

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = [ALL, *choices]  # type: ignore[attr-defined]

    def words(self) -> str:
        return str(self.cleaned_data["q"]).strip()

    def query(self) -> PaymentQuery:
        said = self.cleaned_data
        return PaymentQuery(
            state=said["state"], platform_id=UUID(said["platform"]) if said["platform"] else None,
            provider=said["provider"], product=said["product"], currency=said["currency"],
            since=midnight(said["since"]) if said["since"] else None,
            until=midnight(said["until"]) + timedelta(days=1) if said["until"] else None,
        )  # fmt: skip
