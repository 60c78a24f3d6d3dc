"""Who gets what of a sale: what is in force, every version there was, and asking for the next one."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dashboards.asking import asked
from dashboards.ops.ledger.parts import midnight, platforms, tabs
from dashboards.shell import open_url
from foundation import clock
from foundation.http.components import Badge, Column, Empty, Link, Row, Table
from foundation.http.forms import Day, Words
from ledger.models import RevenueSplit
from ledger.rules.flows.sales import Product
from ledger.selectors.cursors import cursor_to, place_at
from ledger.splits.changes import KIND
from ledger.splits.selectors import all_versions, shares_of
from ledger.splits.types import Scope, in_words, percent

PAGE = 50
IN_FORCE, AGREED, OVER = Badge("In force", "normal", "check"), Badge("Agreed", "delayed", "pause"), Badge("Over")


class SplitForm(forms.Form):
    platform = forms.ChoiceField(required=False)
    product = forms.ChoiceField(
        required=False, choices=[("", "Every product"), *((str(p), p.capitalize()) for p in Product)]
    )
    creator = forms.UUIDField(
        label="Only this creator", required=False, help_text="The creator's id; empty for every creator.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    share = forms.DecimalField(
        label="The creator's share, per cent", min_value=0, max_value=100, max_digits=5, decimal_places=2,
        help_text="Of a sale after tax. The rest is our fee.",
    )  # fmt: skip
    since = Day(
        label="From (UTC)", required=False, help_text="Empty: from the moment somebody else agrees.",
    )  # fmt: skip
    until = Day(
        label="Until (UTC)", required=False,
        help_text="From this day on the wider split holds again. Empty: until it is changed.",
    )  # fmt: skip
    reason = Words(
        max_length=500, widget=forms.TextInput(attrs={"autocomplete": "off"}), help_text="Whoever decides reads it."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [(str(id), name) for id, name in platforms().items()]
        self.fields["platform"].choices = [("", "Every platform"), *names]  # type: ignore[attr-defined]

    def payload(self) -> dict[str, Any]:
        """The wish as the approval keeps it."""
        said = self.cleaned_data
        return {
            "platform_id": said["platform"],
            "product": said["product"],
            "creator_id": str(said["creator"] or ""),
            "creator_basis_points": int(said["share"] * 100),
            "active_from": midnight(said["since"]).isoformat() if said["since"] else "",
            "active_until": midnight(said["until"]).isoformat() if said["until"] else "",
        }


def splits(request: HttpRequest) -> HttpResponse:
    at, names = clock.now(), platforms()
    context = {
        "shares": _share_table(names, at),
        "versions": _version_table(request, names, at),
        "ask_url": open_url("ops:ask_split", request),
        "tabs": tabs("ops:splits"),
    }
    return render(request, "ops/ledger/splits.html", context)


def ask(request: HttpRequest) -> HttpResponse:
    form = SplitForm(request.POST or None)
    if number := asked(request, form, KIND):
        messages.success(request, "Asked. It happens as soon as somebody else agrees.")
        return redirect("ops:approval", approval_id=number)
    crumbs = [("Ledger", reverse("ops:ledger")), ("Splits", reverse("ops:splits")), ("Propose a change", "")]
    return render(request, "ops/ledger/ask_split.html", {"form": form, "crumbs": crumbs})


def _share_table(names: dict[UUID, str], at: datetime) -> Table:
    shares = shares_of(names, at=at)
    rows = []
    for platform, name in names.items():
        said = [shares.get((platform, product)) for product in Product]
        rows.append(
            Row(
                [name, *(share and Link(percent(share.creator_basis_points), "", _of(share.said_by)) for share in said)]
            )
        )
    columns = [Column("Platform"), *(Column(product.capitalize()) for product in Product)]
    return Table("What creators get", columns, rows, Empty("No platform yet", icon="money"))


def _of(scope: Scope) -> str:
    """Which version says so, where it is not the most particular one."""
    if scope.platform_id and scope.product:
        return ""
    return "as every platform" if scope.product else "as every product" if scope.platform_id else "as everywhere"


def _version_table(request: HttpRequest, names: dict[UUID, str], at: datetime) -> Table:
    rows = all_versions().order_by("-active_from", "-pk")
    if cursor := request.GET.get("cursor"):
        at_place, number = place_at("splits", cursor)
        later, same = Q(active_from__lt=at_place), Q(active_from=at_place, pk__lt=number)
        rows = rows.filter(later | same)
    found = list(rows[: PAGE + 1])
    in_force = set(all_versions(in_force_at=at).values_list("pk", flat=True))
    cells = [_cells(row, names, at, is_in_force=row.pk in in_force) for row in found[:PAGE]]
    last = found[PAGE - 1] if len(found) > PAGE else None
    more = f"?cursor={cursor_to('splits', last.active_from.isoformat(), last.pk)}" if last else ""
    columns = [
        Column("Platform"), Column("Product"), Column("Creator"), Column("Share"), Column("From"), Column("Until"),
        Column("State", tight=True),
    ]  # fmt: skip
    return Table("Versions, newest first", columns, cells, next_url=more, keys=True)


def _cells(row: RevenueSplit, names: dict[UUID, str], at: datetime, *, is_in_force: bool) -> Row:
    approval = reverse("ops:approval", args=[row.approval_id]) if row.approval_id else ""
    return Row([
        names[row.platform_id] if row.platform_id else "Every platform",
        row.product.capitalize() or "Every product",
        f"…{str(row.creator_id)[-6:]}" if row.creator_id else "Every creator",
        Link(in_words(row.creator_basis_points), approval, "" if approval else "from the beginning"),
        row.active_from,
        row.active_until,
        IN_FORCE if is_in_force else AGREED if row.active_from > at else OVER,
    ])  # fmt: skip
