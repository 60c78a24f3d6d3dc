"""How a person likes their pages."""

from __future__ import annotations

import zoneinfo

from django import forms

THEMES = [("system", "As my device"), ("light", "Light"), ("dark", "Dark")]
DENSITIES = [("comfortable", "Roomy"), ("compact", "Compact")]
KEYS = [("on", "On"), ("off", "Off")]


def zones() -> list[tuple[str, str]]:
    named = sorted(zone for zone in zoneinfo.available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    return [("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in named)]


class AppearanceForm(forms.Form):
    zone = forms.ChoiceField(
        label="Time zone",
        choices=zones,
        help_text="Every page names its zone. Sums never depend on it.",
    )
    theme = forms.ChoiceField(label="Theme", choices=THEMES, widget=forms.RadioSelect)
    density = forms.ChoiceField(label="Rows", choices=DENSITIES, widget=forms.RadioSelect)
    keys = forms.ChoiceField(
        label="Single-letter keys", choices=KEYS, widget=forms.RadioSelect, help_text="Press ? on any page to see them."
    )
