"""How payouts go: the document's figures with what each counts, green or red, and how far the hours by score reach."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from dashboards.ops.payouts.figure_parts import badge_of, figure_tiles, rollout_tile
from dashboards.ops.payouts.listing import views
from foundation.http.components import Column, Link, Row, Table
from payouts.operations.figures import DAYS, figures
from payouts.operations.lists import count_open
from payouts.operations.rules.figures import Figure


def page(request: HttpRequest) -> HttpResponse:
    found = figures()
    context = {
        "found": found,
        "tiles": figure_tiles(found.figures),
        "rollout": rollout_tile(request),
        "table": _table(found.figures),
        "days": DAYS,
        "views": views(request, {}, count_open(), here="ops:payout_figures"),
        "crumbs": [("Payouts", reverse("ops:payouts")), ("Figures", "")],
    }
    return render(request, "ops/payouts/figures.html", context)


def _table(found: Sequence[Figure]) -> Table:
    rows = [Row([Link(one.label, "", one.meaning), one.value, badge_of(one), one.target, one.counted]) for one in found]
    columns = [
        Column("Figure"), Column("Now", end=True, tight=True), Column("State", tight=True, quiet=True),
        Column("Target", tight=True), Column("Counted"),
    ]  # fmt: skip
    return Table("Figures of payouts", columns, rows)
