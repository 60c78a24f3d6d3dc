"""One movement with its chain of cause: entry, journal, what it was done for, approval, news, request.

Posting happens in the transaction of the fact it books, so whatever that transaction wrote down is the cause.
"""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from dashboards.ops.ledger.parts import account_url, entry_url, short_path, tabs
from dashboards.shell import open_url
from foundation.approvals.selectors import titles_of
from foundation.audit.selectors import AuditLine, records_of_transaction
from foundation.errors import NotFound
from foundation.events.selectors import NewsLine, news_about
from foundation.http.components import Column, Link, Moment, Row, Table
from foundation.identity.names import names_of
from foundation.seal.selectors import proof_of
from ledger.selectors import get_transfer, list_journal, list_reversals, one_moment, paths_of, transaction_of
from ledger.types import TransferInfo

APPROVAL = "approvals.approval"


def entry(request: HttpRequest, transfer_id: UUID) -> HttpResponse:
    with one_moment():
        found = get_transfer(transfer_id)
        legs = list_journal(found.journal_id)
        reversals = list_reversals(transfer_id)
        xact, at = transaction_of(transfer_id)
        records = records_of_transaction(xact, at)
        news = news_about([(line.subject_type, line.subject_id) for line in records if line.subject_id], at)
    paths = paths_of(side for leg in legs for side in (leg.debit, leg.credit))
    context = {
        "found": found,
        "legs": _leg_table(found, legs, paths),
        "chain": _chain(request, found, legs, records, news),
        "proof": _proof(found.seq, int(xact)),
        "reversals": [(entry_url(row.id), row.amount, row.recorded_at) for row in reversals],
        "reverses": entry_url(found.reverses) if found.reverses else "",
        "meta": sorted((found.meta or {}).items()),
        "crumbs": [
            ("Ledger", reverse("ops:ledger")),
            (short_path(paths[found.debit]), account_url(found.debit)),
            (f"{found.kind} …{str(found.id)[-6:]}", ""),
        ],
        "tabs": tabs("ops:ledger"),
        "page_currency": found.amount.currency,
    }
    return render(request, "ops/ledger/entry.html", context)


def _leg_table(found: TransferInfo, legs: list[TransferInfo], paths: dict[int, str]) -> Table:
    rows = [
        Row([
            Link(leg.kind, "" if leg.id == found.id else entry_url(leg.id), "this entry" if leg.id == found.id else ""),
            Link(short_path(paths[leg.debit]), account_url(leg.debit)),
            Link(short_path(paths[leg.credit]), account_url(leg.credit)),
            leg.amount,
        ])
        for leg in legs
    ]  # fmt: skip
    columns = [Column("What"), Column("Debit"), Column("Credit"), Column("Amount", end=True)]
    return Table("Movements of this journal", columns, rows)


def _chain(
    request: HttpRequest, found: TransferInfo, legs: list[TransferInfo], records: list[AuditLine], news: list[NewsLine]
) -> list[Moment]:
    """From the entry back to whoever asked."""
    names = names_of(line.actor for line in records)
    moments = [
        Moment(found.recorded_at, "Entry", "", f"{found.kind}, #{found.seq:,}", "normal", "money"),
        Moment(found.recorded_at, "Journal", "", f"{len(legs)} movement{'s' * (len(legs) != 1)}", "normal", "chain"),
    ]
    causes = [line for line in records if line.subject_type != APPROVAL]
    moments += [
        Moment(
            line.at, f"Cause: {line.action}", names[line.actor], _detail(line), "review", "audit",
            href=_record_url(request, line.id),
        )
        for line in causes
    ]  # fmt: skip
    moments += _approvals(records, names)
    moments += [
        Moment(told.at, f"News: {told.type}", "", f"number {told.sequence}", "neutral", "pulse") for told in news
    ]
    seen: set[str] = set()
    for line in records:
        if line.request_id and line.request_id not in seen:
            seen.add(line.request_id)
            href = f"{url}?q={line.request_id}" if (url := open_url("compliance:audit", request)) else ""
            moments.append(Moment(line.at, "Request", names[line.actor], line.request_id, "neutral", "code", href=href))
    if not records:
        moments.append(
            Moment(found.recorded_at, "No further cause", "", "Its transaction wrote down nothing else.", "neutral")
        )
    return moments


def _approvals(records: list[AuditLine], names: dict[str, str]) -> list[Moment]:
    asked = {UUID(line.subject_id): line for line in records if line.subject_type == APPROVAL}
    titles = titles_of(asked)
    return [
        Moment(
            line.at, f"Approval: {titles[id].title if id in titles else line.action}", names[line.actor], line.reason,
            "normal", "check", href=reverse("ops:approval", args=[id]),
        )
        for id, line in asked.items()
    ]  # fmt: skip


def _detail(line: AuditLine) -> str:
    about = f"{line.subject_type} …{line.subject_id[-6:]}" if line.subject_id else ""
    return ", ".join(filter(None, (about, line.reason)))


def _record_url(request: HttpRequest, number: int) -> str:
    return reverse("compliance:audit_record", args=[number]) if open_url("compliance:audit", request) else ""


def _proof(seq: int, xact: int) -> object:
    """Nothing for the second in which an entry is not sealed yet."""
    try:
        return proof_of("ledger", seq, xact=xact)
    except NotFound:
        return None
