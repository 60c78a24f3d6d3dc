"""What payouts can be narrowed to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms

from dashboards.ops.ledger.parts import midnight
from dashboards.ops.payouts.words import ORIGIN, PAYOUT
from foundation.http.forms import Day, read_amount
from foundation.identity.selectors import platform_names
from foundation.money import EXPONENTS, Money
from payouts.methods.states import Rail
from payouts.operations.lists import PayoutQuery

ALL = ("", "All")
CURRENCIES = ("USD", "EUR", "GBP", "CAD", "AUD", "CHF", "JPY", "BTC", "ETH", "USDC")
assert set(CURRENCIES) <= set(EXPONENTS)
AS_MONEY = {"inputmode": "decimal", "autocomplete": "off", "size": "9"}


class Filters(forms.Form):
    q = forms.CharField(
        label="Find one", required=False, max_length=120,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": "Id, reference, creator", "autocomplete": "off"}
        ),
    )  # fmt: skip
    state = forms.ChoiceField(required=False, choices=[ALL, *((str(s), badge.word) for s, badge in PAYOUT.items())])
    rail = forms.ChoiceField(required=False, choices=[ALL, *Rail.choices])
    platform = forms.ChoiceField(required=False)
    origin = forms.ChoiceField(required=False, choices=[ALL, *ORIGIN.items()])
    creator = forms.UUIDField(label="Creator's number", required=False)
    currency = forms.ChoiceField(required=False, choices=[ALL, *((c, c) for c in CURRENCIES)])
    least = forms.CharField(label="From amount", required=False, max_length=24, widget=forms.TextInput(attrs=AS_MONEY))
    most = forms.CharField(label="To amount", required=False, max_length=24, widget=forms.TextInput(attrs=AS_MONEY))
    since = Day(label="Asked for from (UTC)", required=False)
    until = Day(label="To, included", required=False)
    late = forms.BooleanField(label="Late only", required=False)
    people = forms.BooleanField(label="Waits for two people", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = sorted(platform_names().items(), key=lambda pair: pair[1])
        self.fields["platform"].choices = [ALL, *((str(id), name) for id, name in names)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Amounts are of one currency: the chosen one, or dollars."""
        said = super().clean() or {}
        currency = said.get("currency") or "USD"
        for name in ("least", "most"):
            said[name] = self._amount(name, str(said.get(name) or ""), currency)
        return said

    def words(self) -> str:
        return str(self.cleaned_data["q"]).strip()

    def query(self) -> PayoutQuery:
        said = self.cleaned_data
        return PayoutQuery(
            state=said["state"], rail=said["rail"], origin=said["origin"], creator_id=said["creator"],
            platform_id=UUID(said["platform"]) if said["platform"] else None, currency=said["currency"],
            least=said["least"], most=said["most"],
            since=midnight(said["since"]) if said["since"] else None,
            until=midnight(said["until"]) + timedelta(days=1) if said["until"] else None,
            is_late=said["late"], needs_people=said["people"],
        )  # fmt: skip

    def _amount(self, name: str, text: str, currency: str) -> Money | None:
        try:
            return read_amount(text.replace(",", ""), currency) if text else None
        except forms.ValidationError as error:
            self.add_error(name, error)
            return None
