"""All accounts, rolled up: kinds with purposes, a purpose with its platforms and sources, then one by one."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from dashboards.ops.ledger.parts import AsOfForm, account_url, on_its_side, platforms, short_path, tabs, words
from foundation.errors import Invalid, NotFound
from foundation.http.components import Badge, Column, Empty, Link, Row, Table
from foundation.money import EXPONENTS, Money
from ledger.selectors import Branch, TrialBalance, account_tree, accounts_with_balances, list_lines, trial_balance

PAGE = 50
FIGURES = (Column("Currency", tight=True), Column("Accounts", end=True), Column("Balance", end=True))
HELD = Column("Reserved", end=True)
BALANCED, NOT_BALANCED = Badge("Balanced", "normal", "check"), Badge("Not balanced", "frozen", "stop")
EMPTY = Empty("No account yet", "Accounts are opened when money first moves on them.", icon="money")


def ledger(request: HttpRequest) -> HttpResponse:
    """The chart with what stands on it; a purpose leads to its platforms and sources."""
    form = AsOfForm(request.GET)
    at, platform_id = form.moment(), form.platform_id()
    lines = list_lines(at=at, platform_id=platform_id)
    kind, purpose = request.GET.get("kind", ""), request.GET.get("purpose", "")
    tree = account_tree(lines)
    if kind:
        branch = _find(_find(tree, kind).branches, purpose)
        cards = [(branch.meaning, _leaf_table(branch, is_now=at is None))]
        crumbs = [("Ledger", reverse("ops:ledger")), (words(f"{kind} {purpose}"), "")]
    else:
        asked = {key: value for key, value in request.GET.dict().items() if value}
        cards = [(words(branch.name), _kind_table(branch, asked, is_now=at is None)) for branch in tree]
        crumbs = []
    context = {
        "form": form,
        "cards": cards,
        "crumbs": crumbs,
        "heading": words(f"{kind} {purpose}") if kind else "Ledger",
        "is_filtered": bool(request.GET.get("as_of") or platform_id),
        "proof": _proof(trial_balance(lines), is_whole=platform_id is None),
        "tabs": tabs("ops:ledger"),
        "kind": kind,
        "purpose": purpose,
        "empty": EMPTY,
    }
    return render(request, "ops/ledger/tree.html", context)


def accounts(request: HttpRequest) -> HttpResponse:
    """The accounts of one line, one by one."""
    parts = {name: request.GET.get(name, "") for name in ("kind", "purpose", "source", "currency")}
    if parts["currency"] and parts["currency"] not in EXPONENTS:
        raise Invalid("request.invalid", "That is no currency kept here.")
    try:
        platform_id = UUID(request.GET["platform"]) if request.GET.get("platform") else None
        after = int(request.GET.get("after") or 0)
    except ValueError:
        raise Invalid("request.invalid", "That is no page of this list.") from None
    rows = accounts_with_balances(**parts, platform_id=platform_id).filter(pk__gt=min(after, 2**63 - 1)).order_by("pk")
    found = list(rows[: PAGE + 1])
    names = platforms()
    cells = [
        Row([
            Link(short_path(row.path), account_url(row.pk), "closed" if row.closed_at else ""),
            names.get(row.platform_id) if row.platform_id else None,
            Money(row.posted, row.currency),  # type: ignore[attr-defined]
            Money(row.held, row.currency),  # type: ignore[attr-defined]
        ])
        for row in found[:PAGE]
    ]  # fmt: skip
    more = "?" + urlencode({**request.GET.dict(), "after": found[PAGE - 1].pk}) if len(found) > PAGE else ""
    columns = [Column("Account"), Column("Platform"), Column("Credits less debits", end=True), HELD]
    crumbs = [("Ledger", reverse("ops:ledger")), ("Accounts", "")]
    table = Table("Accounts", columns, cells, EMPTY, next_url=more, next_word="More", keys=True)
    heading = words(" ".join(filter(None, (parts["kind"], parts["purpose"])))) or "Accounts"
    return render(request, "ops/ledger/accounts.html", {"table": table, "crumbs": crumbs, "heading": heading})


def _kind_table(kind: Branch, asked: dict[str, str], *, is_now: bool) -> Table:
    rows = []
    for purpose in kind.branches:
        url = "?" + urlencode({**asked, "kind": kind.name, "purpose": purpose.name})
        for number, total in enumerate(purpose.totals):
            name = Link(words(purpose.name), url, "" if number else purpose.meaning)
            balance = on_its_side(total.posted, purpose.normal_side)
            cells = [name, purpose.normal_side, total.currency, total.accounts, balance]
            rows.append(Row([*cells, total.held] if is_now else cells))
    columns = [Column("Account"), Column("Side", tight=True), *FIGURES, *([HELD] if is_now else [])]
    return Table(f"Accounts of {kind.name}", columns, rows)


def _leaf_table(purpose: Branch, *, is_now: bool) -> Table:
    names, rows = platforms(), []
    for leaf in purpose.branches:
        parts = {"kind": leaf.of[0], "purpose": leaf.of[1], "source": leaf.of[3]}
        if leaf.platform_id:
            parts["platform"] = str(leaf.platform_id)
        for total in leaf.totals:
            url = f"{reverse('ops:ledger_accounts')}?{urlencode({**parts, 'currency': total.currency})}"
            where = names.get(leaf.platform_id, "") if leaf.platform_id else "All platforms"
            balance = on_its_side(total.posted, leaf.normal_side)
            cells = [Link(where, url), leaf.name or None, total.currency, total.accounts, balance]
            rows.append(Row([*cells, total.held] if is_now else cells))
    for total in purpose.totals:
        cells = ["All", None, total.currency, total.accounts, on_its_side(total.posted, purpose.normal_side)]
        rows.append(Row([*cells, total.held] if is_now else cells, total=True))
    columns = [Column("Platform"), Column("Source"), *FIGURES, *([HELD] if is_now else [])]
    return Table(f"Lines of {purpose.name}", columns, rows, keys=True)


def _proof(balance: TrialBalance, *, is_whole: bool) -> Badge | None:
    """The books of one platform alone need not balance."""
    if not is_whole or not balance.totals:
        return None
    return BALANCED if balance.is_balanced else NOT_BALANCED


def _find(branches: tuple[Branch, ...], name: str) -> Branch:
    found = next((branch for branch in branches if branch.name == name), None)
    if found is None:
        raise NotFound("ledger.no_line", "There is no such line in the books.")
    return found
