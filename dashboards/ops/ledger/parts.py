"""What the pages of the books share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.urls import reverse

from foundation import clock
from foundation.errors import Invalid
from foundation.http.forms import Day
from foundation.identity.selectors import platform_names
from foundation.money import Money
from ledger.reconciliation.selectors import count_open_breaks
from ledger.types import Time

TIMES = [("effective", "When it took effect"), ("recorded", "When it was recorded")]


def tabs(current: str) -> list[tuple[str, str, int | None, bool]]:
    """The sections of the books: address, word, how much waits there, and whether we are there."""
    sections = [
        ("ops:ledger", "Accounts", None), ("ops:trial_balance", "Trial balance", None), ("ops:ageing", "Ageing", None),
        ("ops:splits", "Splits", None), ("ops:reconciliation", "Reconciliation", count_open_breaks()),
    ]  # fmt: skip
    return [(reverse(name), word, count, name == current) for name, word, count in sections]


def on_its_side(posted: Money, normal_side: str) -> Money:
    """A balance as its account counts: positive where it belongs."""
    return posted if normal_side == "credit" else -posted


def platforms() -> dict[UUID, str]:
    return platform_names()


def account_url(account_id: int) -> str:
    return reverse("ops:ledger_account", args=[account_id])


def entry_url(transfer_id: UUID) -> str:
    return reverse("ops:ledger_entry", args=[transfer_id])


def short_path(path: str) -> str:
    """`creator:0199…7f3a:…` with only the ends of ids."""
    return ":".join(f"…{part[-6:]}" if len(part) == 36 else part for part in path.split(":"))


def words(name: str) -> str:
    """The name of a line as a heading: `in_transit` is In transit, `fx` is FX."""
    return name.replace("_", " ").capitalize().replace("Fx", "FX")


def midnight(day: Any) -> datetime:
    """Books begin their days in UTC, wherever the reader is."""
    return datetime.combine(day, time(), tzinfo=UTC)


def valid(form: forms.Form) -> dict[str, Any]:
    if not form.is_valid():
        raise Invalid("request.invalid", "These filters cannot be read.")
    return form.cleaned_data


class AsOfForm(forms.Form):
    as_of = Day(label="As of the end of (UTC)", required=False)
    platform = forms.ChoiceField(label="Platform", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = sorted(platforms().items(), key=lambda pair: pair[1])
        self.fields["platform"].choices = [("", "All"), *((str(id), name) for id, name in names)]  # type: ignore[attr-defined]

    def moment(self) -> datetime | None:
        """The last instant of the day that was asked for."""
        day = valid(self)["as_of"]
        return midnight(day) + timedelta(days=1, microseconds=-1) if day else None

    def platform_id(self) -> UUID | None:
        chosen = valid(self)["platform"]
        return UUID(chosen) if chosen else None


class PeriodForm(forms.Form):
    since = Day(label="From (UTC)")
    until = Day(label="To, included")
    time = forms.ChoiceField(label="By", required=False, choices=TIMES)

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> PeriodForm:
        """The form as it was asked, with the last 90 days where nothing was."""
        today = clock.now().astimezone(UTC).date()
        usual = {"since": (today - timedelta(days=89)).isoformat(), "until": today.isoformat()}
        return cls({**usual, **{name: asked[name] for name in asked if asked[name]}})

    def period(self) -> tuple[datetime, datetime]:
        """From the beginning of the first day to the end of the last."""
        said = valid(self)
        return midnight(said["since"]), midnight(said["until"]) + timedelta(days=1)

    def by(self) -> Time:
        return Time(valid(self)["time"] or Time.EFFECTIVE)
