"""What each rail asks for, in words, and the form made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from foundation.errors import Refusal
from foundation.http.amounts import amount_text
from payouts.life.rules.amounts import terms
from payouts.methods.states import Rail
from payouts.methods.types import RailView


@dataclass(frozen=True, slots=True)
class Asked:
    """A field of a rail as people read it."""

    label: str
    help: str = ""
    fill: str = "off"
    """What a browser may fill in."""
    choices: tuple[tuple[str, str], ...] = ()


NAME = Asked("Name on the account", "As the bank writes it", "name")
FIELDS: dict[str, Asked] = {
    "name": NAME,
    "email": Asked("E-mail address of the account", fill="email"),
    "routing_number": Asked("Routing number", "Nine digits, at the bottom left of a check"),
    "account_number": Asked("Account number"),
    "account_type": Asked("Kind of account", choices=(("checking", "Checking"), ("savings", "Savings"))),
    "holder": Asked("Whose account", choices=(("person", "A person's"), ("company", "A company's"))),
    "iban": Asked("IBAN", "Begins with two letters; blanks do not matter"),
    "account": Asked("IBAN or account number"),
    "bic": Asked("BIC (SWIFT) of the bank", "8 or 11 letters and digits"),
    "street": Asked("Street and number", fill="street-address"),
    "post_code": Asked("Postal code", fill="postal-code"),
    "town": Asked("Town", fill="address-level2"),
    "country": Asked("Country", "Two letters, as in US or DE", "country"),
    "address": Asked("Address", "Look at every character: coins sent to a wrong address do not come back"),
}
OF_RAIL: dict[tuple[str, str], Asked] = {
    (Rail.EPAYSERVICE, "account_number"): Asked("Account number", "Such as EC12345"),
    (Rail.PAXUM, "name"): Asked("Name on the account"),
    (Rail.EPAYSERVICE, "name"): Asked("Name on the account"),
    (Rail.CRYPTO, "name"): Asked("Name", "For your own list"),
    (Rail.WIRE, "routing_number"): Asked("Routing number", "For an account in the US without an IBAN"),
}  # fmt: skip
# The coin is the currency that was chosen already.
NOT_ASKED = {"coin"}
SAYS = {
    Rail.PAXUM: "To your Paxum account",
    Rail.EPAYSERVICE: "To your ePayService account",
    Rail.ACH: "To a bank account in the US",
    Rail.SEPA: "To a bank account in Europe",
    Rail.WIRE: "To a bank account anywhere",
    Rail.CRYPTO: "To an address of yours on the chain",
}


class DestinationForm(forms.Form):
    """The fields of one rail. What the rail refuses stands beside the field it refuses."""

    def __init__(self, rail: RailView, data: Any = None, *, currency: str = "") -> None:
        self.rail = rail
        super().__init__(data, initial={"currency": currency} if currency in rail.currencies else None)
        self.fields["currency"] = forms.ChoiceField(
            choices=[(c, _currency(rail.rail, c)) for c in rail.currencies],
            label="Coin" if rail.rail == Rail.CRYPTO else "Currency",
        )
        for name in (*rail.needs, *rail.may):
            if name not in NOT_ASKED:
                self.fields[name] = _field(rail.rail, name, is_needed=name in rail.needs)

    @property
    def details(self) -> dict[str, str]:
        given = {name: text for name, text in self.cleaned_data.items() if name != "currency" and text}
        return given | ({"coin": self.cleaned_data["currency"]} if "coin" in self.rail.needs else {})

    def show(self, refusal: Refusal) -> None:
        """Say a refusal where it belongs."""
        errors: list[Mapping[str, str]] = getattr(refusal, "errors", None) or []
        for error in errors:
            name = error.get("field", "")
            self.add_error(name if name in self.fields else None, error.get("detail", refusal.detail))
        if not errors:
            self.add_error(None, refusal.detail)


def _field(rail: str, name: str, *, is_needed: bool) -> forms.Field:
    asked = OF_RAIL.get((rail, name)) or FIELDS[name]
    if asked.choices:
        choices = [*asked.choices] if is_needed else [("", "Not said"), *asked.choices]
        return forms.ChoiceField(choices=choices, label=asked.label, help_text=asked.help, required=is_needed)
    filled = {"autocomplete": asked.fill, "spellcheck": "false", "autocapitalize": "off"}
    return forms.CharField(
        label=asked.label, help_text=asked.help, required=is_needed, max_length=140,
        widget=forms.TextInput(attrs=filled),
    )  # fmt: skip


def _currency(rail: str, currency: str) -> str:
    found = terms(rail, currency)
    if found is None:
        return currency
    fee = f"fee {amount_text(found.fee, page_currency=currency)}" if found.fee else "no fee"
    return f"{currency}: from {amount_text(found.least, page_currency=currency)}, {fee}"
