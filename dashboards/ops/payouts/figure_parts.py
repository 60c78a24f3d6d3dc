"""The document's figures of payouts as tiles and tables: green or red, with what each counts."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest
from django.urls import reverse

from dashboards.shell import open_url
from foundation.http.components import Badge, Column, Kpi, Link, Row, Table
from foundation.identity.actors import actor_of
from foundation.switches.selectors import get_switch, share_of
from payouts.life.switches import RISK_ADJUSTED
from payouts.operations.rules.figures import Figure, Name

MET, MISSED, ALARM = (
    Badge("Met", "normal", "check"), Badge("Missed", "frozen", "x"), Badge("Alarm", "frozen", "siren"),
)  # fmt: skip
NOTHING = Badge("No data", "neutral", "dot")
ICONS = {
    Name.SCORES: "people", Name.ESCROW: "clock", Name.FREEZES: "stop", Name.FALSE_FREEZES: "warn",
    Name.WRONG_TRUSTED: "shield", Name.ESCALATIONS: "arrow-up", Name.SATISFACTION: "person",
}  # fmt: skip


def badge_of(one: Figure) -> Badge:
    if one.is_alarming:
        return ALARM
    return NOTHING if one.is_met is None else MET if one.is_met else MISSED


def figure_tiles(found: Sequence[Figure], href: str = "") -> list[Kpi]:
    return [
        Kpi(one.label, one.value, icon=ICONS[one.name], badge=badge_of(one), href=href,
            note=f"target {one.target}; {one.counted}")
        for one in found
    ]  # fmt: skip


def figure_table(found: Sequence[Figure]) -> Table:
    """The same in few words, for a front page."""
    rows = [Row([Link(one.label, "", f"target {one.target}"), one.value, badge_of(one)]) for one in found]
    columns = [Column("Figure"), Column("Now", end=True, tight=True), Column("State", tight=True, quiet=True)]
    return Table("Payouts, last 30 days", columns, rows, as_cards=False)


def rollout_tile(request: HttpRequest) -> Kpi:
    """For what share of creators the hours follow the score."""
    line = get_switch(RISK_ADJUSTED.key, actor_of(request))
    url = reverse("crisis:switch", args=[RISK_ADJUSTED.key]) if open_url("crisis:switches", request) else ""
    return Kpi(
        "Hours by score", f"{share_of(line.declared, line.value)} %", icon="switch", href=url,
        note="of creators; the others wait the standard day",
    )  # fmt: skip
