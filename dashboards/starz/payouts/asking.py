"""The form by which a creator asks for a payout: filled in with all that is there and where it usually goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms

from foundation.http.amounts import amount_text, plain_amount
from foundation.http.forms import parse_amount
from foundation.money import Money
from payouts.life.rules.amounts import terms
from payouts.methods.selectors import list_methods
from payouts.methods.states import MethodState, Rail
from payouts.methods.types import MethodView
from payouts.transparency.purse import Purse, purses_of

USABLE = (MethodState.ACTIVE, MethodState.COOLING)


@dataclass(frozen=True, slots=True)
class Choice:
    """What can be asked for in one currency, and where it can go."""

    purse: Purse
    methods: Sequence[MethodView]

    @property
    def available(self) -> Money:
        return self.purse.available


def first_choice(creator_id: UUID, currency: str = "") -> Choice | None:
    """The currency that was chosen, or the one with most to pay out and somewhere to go; None when nothing is there."""
    free = {purse.currency: purse for purse in purses_of(creator_id) if purse.available}
    if not free:
        return None
    usable = [one for one in list_methods(creator_id) if one.state in USABLE]
    payable = [name for name in free if any(one.currency == name for one in usable)]
    chosen = currency if currency in free else "USD" if "USD" in payable else (payable or sorted(free))[0]
    fitting = [one for one in usable if one.currency == chosen]
    return Choice(free[chosen], sorted(fitting, key=lambda one: not one.is_preferred))


class AskForm(forms.Form):
    """How much, and where to. `number` names this one wish: sent twice, it is one payout."""

    amount = forms.CharField(max_length=24, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    method = forms.TypedChoiceField(label="Paid to", coerce=UUID)
    number = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any, *, choice: Choice, **kwargs: Any) -> None:
        self.choice = choice
        first = choice.methods[0] if choice.methods else None
        most = _most(choice.available, first)
        initial = {"amount": plain_amount(most), "method": first.id if first else None, **kwargs.pop("initial", {})}
        super().__init__(data, initial=initial, **kwargs)
        currency = choice.available.currency
        self.fields["amount"].label = f"Amount in {currency}"
        self.fields["amount"].help_text = f"{amount_text(choice.available)} is available."
        self.fields["method"].choices = [  # type: ignore[attr-defined]
            (one.id, f"{one.label} ({Rail(one.rail).label}{_fee(one)})") for one in choice.methods
        ]

    def clean_amount(self) -> Money:
        return parse_amount(self.cleaned_data["amount"], self.choice.available)

    @property
    def has_methods(self) -> bool:
        return bool(self.choice.methods)

    @property
    def wanted(self) -> Money | None:
        """What the preview is about; None while the form cannot be read."""
        if not self.has_methods:
            return None
        if not self.is_bound:
            return parse_amount(self.initial["amount"], self.choice.available)
        return self.cleaned_data.get("amount") if self.is_valid() else None

    @property
    def wanted_method(self) -> UUID | None:
        """Where to; the usual one as long as nobody chose."""
        chosen: UUID | None = self.cleaned_data["method"] if self.is_bound and self.is_valid() else None
        return chosen or self.initial["method"]


def _most(available: Money, method: MethodView | None) -> Money:
    """All that is there, as far as the destination takes it at once."""
    limits = terms(method.rail, available.currency) if method else None
    return min(available, limits.most) if limits else available


def _fee(method: MethodView) -> str:
    limits = terms(method.rail, method.currency)
    return f", fee {amount_text(limits.fee, page_currency=method.currency)}" if limits and limits.fee else ", no fee"
