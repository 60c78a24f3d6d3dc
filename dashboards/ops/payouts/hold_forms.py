"""What people say when they decide about a freeze."""

from __future__ import annotations

from django import forms

from compliance.escalations.states import Department
from dashboards.ops.payouts.acts import HOURS, REVIEWS
from foundation.http.forms import Words

ONE_LINE = {"autocomplete": "off"}


class ReleaseForm(forms.Form):
    reason = Words(
        max_length=300, help_text="It stays with the freeze and in the audit trail.",
        widget=forms.TextInput(attrs=ONE_LINE),
    )  # fmt: skip
    was_wrong = forms.ChoiceField(
        label="Should it have been stopped?",
        choices=[
            ("", "Choose"),
            ("no", "Yes: it was right to stop it"),
            ("yes", "No: it should not have been stopped"),
        ],
        help_text="Wrong freezes are counted; above one in a hundred payouts an alarm is raised.",
    )
    seen = forms.CharField(max_length=16, widget=forms.HiddenInput)


class KeepForm(forms.Form):
    notes = Words(label="What you found", max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    hours = forms.TypedChoiceField(label="Look again in", coerce=int, choices=REVIEWS, initial=72)


class ExtendForm(forms.Form):
    """Later by so many hours than what the reader saw."""

    hours = forms.TypedChoiceField(label="Longer by", coerce=int, choices=HOURS, initial=24)
    reason = Words(max_length=300, widget=forms.TextInput(attrs=ONE_LINE), help_text="The creator reads the new date.")
    seen_until = forms.DateTimeField(required=False, widget=forms.HiddenInput)


class EscalateForm(forms.Form):
    department = forms.ChoiceField(
        required=False, choices=[("", "Whoever decides freezes"), *((d, d.label) for d in Department)]
    )
    reason = Words(label="What they should decide", max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
