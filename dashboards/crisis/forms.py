"""What a person says when turning a switch."""

from __future__ import annotations

from typing import Any

from django import forms

from foundation.http.forms import Words
from foundation.switches.types import Declaration

HOURS = [("4", "4 hours"), ("1", "1 hour"), ("12", "12 hours"), ("24", "1 day"), ("72", "3 days"), ("", "No alarm")]


class ReasonForm(forms.Form):
    reason = Words(
        max_length=500,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="Everybody who sees the switch reads it.",
    )


class StopForm(ReasonForm):
    """A stop names its reason, when to raise the alarm if it still stands, and the phrase nobody types by accident."""

    hours = forms.ChoiceField(
        label="Raise an alarm if it is still stopped after",
        choices=HOURS,
        initial="4",
        required=False,
        help_text="Nothing starts again by itself.",
    )
    confirm = forms.CharField(max_length=120, widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, phrase: str, **kwargs: Any) -> None:
        self.phrase = phrase
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if str(cleaned.get("confirm", "")).strip().upper() != self.phrase.upper():
            raise forms.ValidationError(f"Type {self.phrase} to go on.")
        return cleaned


class ForceForm(ReasonForm):
    value = forms.ChoiceField(label="Force this value")

    def __init__(self, *args: Any, declared: Declaration, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["value"].choices = [(str(choice), str(choice)) for choice in declared.choices]  # type: ignore[attr-defined]


class ShareForm(ReasonForm):
    percent = forms.IntegerField(label="Share let in, in percent", min_value=0, max_value=100)
