"""The part of a creator's home that says how their money goes: read without a click, acted on with one."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse

from dashboards.homes.page import Home, Panel
from dashboards.shell import open_url
from dashboards.starz.payouts.words import there_by
from foundation import clock
from foundation.http.components import BADGES, Action, Column, Empty, Kpi, Link, Row, Soonest, Table
from foundation.identity.actors import actor_of
from payouts.transparency.purse import purses_of
from payouts.transparency.selectors import get_status
from payouts.transparency.types import FreezeForCreator, PayoutForCreator

FEW = 6


def payouts(request: HttpRequest, home: Home) -> None:
    """Overall status, each running payout with its reason and date, and what there is to ask for."""
    url, creator_id = open_url("starz:payouts", request), actor_of(request).party_id
    if not url or creator_id is None:
        return
    status = get_status(creator_id, at=clock.now())
    purses = purses_of(creator_id)
    running = len(status.payouts)
    home.tiles.append(
        Kpi("Payouts", running, unit="on the way", icon="money", href=url, badge=BADGES[status.status],
            note=status.headline)
    )  # fmt: skip
    home.tiles += [
        Kpi(f"Available, {one.currency}", one.available, icon="arrow-down", href=f"{url}?currency={one.currency}",
            note="ask for it")
        for one in purses[:FEW] if one.available
    ]  # fmt: skip
    tier_url = reverse("starz:standing")
    home.tiles.append(Kpi("Standing", str(status.tier), icon="shield", href=tier_url, note="what makes it better"))
    held = [_held(one) for one in status.freezes if one.payout_id is None]
    rows = held + [_line(one) for one in status.payouts[:FEW]]
    columns = [
        Column("What"), Column("Amount", end=True), Column("Status", tight=True), Column("There by", tight=True),
    ]  # fmt: skip
    empty = Empty(
        "No payout is on its way", "What you ask for appears here, with its date and why it takes as long as it does.",
        "money", Action("Ask for a payout", href=url),
    )  # fmt: skip
    home.panels.insert(0, Panel("Your money", Table("Your money", columns, rows, empty), url=url))


def _line(one: PayoutForCreator) -> Row:
    url = reverse("starz:payout", args=[one.id])
    return Row([
        Link(f"{one.word}, to {one.destination}", url, f"{one.reason} {one.until}".strip()), one.amount,
        BADGES[one.status], there_by(one.arrival),
    ])  # fmt: skip


def _held(one: FreezeForCreator) -> Row:
    text = Link(one.title, reverse("starz:standing"), f"{one.reason} {one.until}")
    return Row([text, one.amount, BADGES[one.status], Soonest(one.ends_by)])
