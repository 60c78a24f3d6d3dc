"""The forms as people fill them in; what cannot be signed stands beside its field."""

from __future__ import annotations

from typing import Any

from django import forms

from compliance.tax.rules.years import TREATIES
from compliance.tax.states import Form
from foundation.errors import Invalid
from foundation.http.forms import Words

TITLES = {
    Form.W9: ("I am a US person", "A citizen or resident of the US, or a company made there: form W-9"),
    Form.W8BEN: ("I am a person from elsewhere", "You live outside the US and are paid yourself: form W-8BEN"),
    Form.W8BENE: ("I am paid through a company elsewhere", "A company outside the US is paid: form W-8BEN-E"),
}
ONLY: dict[str, tuple[Form, ...]] = {
    "birth_date": (Form.W8BEN,), "vat_id": (Form.W8BEN, Form.W8BENE), "treaty_country": (Form.W8BEN, Form.W8BENE),
    "us_percent": (Form.W8BEN, Form.W8BENE),
}  # fmt: skip


def _text(label: str, fill: str = "off", *, about: str = "", required: bool = True) -> Words:
    typed = forms.TextInput(attrs={"autocomplete": fill, "spellcheck": "false"})
    return Words(label=label, max_length=140, help_text=about, required=required, widget=typed)


class ProfileForm(forms.Form):
    name = _text("Full name", "name", about="As on your tax return; of the company for a W-8BEN-E")
    business_name = _text("Business name", "organization", about="If it differs", required=False)
    street = _text("Street and number", "street-address")
    town = _text("Town", "address-level2")
    region = _text("State or region", "address-level1", required=False)
    post_code = _text("Postal code", "postal-code")
    country = _text("Country of tax residence", "country", about="Two letters, as in US or DE")
    tin = _text("Taxpayer number", about="SSN, ITIN or EIN; elsewhere the number of your tax office", required=False)
    birth_date = forms.DateField(label="Born on", widget=forms.DateInput(attrs={"type": "date"}))
    vat_id = _text("VAT number", about="If you have one", required=False)
    us_percent = forms.IntegerField(
        label="How much of your work is done in the US, in percent", min_value=0, max_value=100, initial=0,
    )  # fmt: skip
    treaty_country = forms.ChoiceField(
        label="Treaty claimed", required=False, choices=[("", "None"), *((c, c) for c in sorted(TREATIES))],
        help_text="Of the country you live in",
    )  # fmt: skip
    signature = _text("Signature: type your name again", about="You sign under penalties of perjury that this is true")

    def __init__(self, form: Form, data: Any = None) -> None:
        super().__init__(data, initial={"country": "US"} if form is Form.W9 else None)
        for name, kinds in ONLY.items():
            if form not in kinds:
                del self.fields[name]

    @property
    def given(self) -> dict[str, str]:
        said = {
            name: value for name, value in self.cleaned_data.items() if name not in ("us_percent", "treaty_country")
        }
        return {name: value.isoformat() if hasattr(value, "isoformat") else value or "" for name, value in said.items()}

    def show(self, refusal: Invalid) -> None:
        for error in refusal.errors:
            field = error["field"] if error["field"] in self.fields else None
            self.add_error(field, error["detail"])
