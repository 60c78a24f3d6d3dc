"""Their statements against our postings."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Min, Q

from foundation.actors import Actor
from foundation.audit.services import record
from foundation.commands import to_json
from foundation.errors import Invalid, PayloadMismatch
from foundation.money import Money
from ledger.reconciliation.books import books, mirrors_of
from ledger.reconciliation.breaks import Difference, open_break, resolve_as_matched
from ledger.reconciliation.matching import Matching, match
from ledger.reconciliation.models import Break, OutsideLine, OutsideStatement, Settled
from ledger.reconciliation.states import Kind, State
from ledger.reconciliation.types import Book, Expected, Imported, LineIn, Said
from ledger.selectors import get_account, iterate_statement
from ledger.selectors.asking import ask

LOOK_BACK = timedelta(days=60)
MOST_LINES = 100_000


def import_statement(
    *, book: str, reference: str, since: datetime, until: datetime, lines: Sequence[LineIn], by: Actor, at: datetime
) -> Imported:
    """Keep what the other side said about a period and match it. NotFound for an unknown book, Invalid for an empty
    period, a line of nothing or too many lines, PayloadMismatch when this number said something else before."""
    books.find(book)
    _check(since, until, lines)
    digest = hashlib.sha256(
        to_json([since, until, *([x.reference, x.amount, x.at] for x in lines)]).encode()
    ).hexdigest()
    with transaction.atomic():
        statement, is_new = OutsideStatement.objects.get_or_create(
            book=book,
            reference=reference,
            defaults={
                "since": since, "until": until, "line_count": len(lines), "digest": digest, "received_by": by.reference,
            },
        )  # fmt: skip
        if not is_new:
            if statement.digest != digest:
                raise PayloadMismatch("ledger.recon_other_statement", "This statement said something else before.")
            return Imported(statement.pk, False, statement.line_count, 0, 0)
        OutsideLine.objects.bulk_create(
            [
                OutsideLine(
                    statement=statement, number=number, reference=line.reference, amount_minor=line.amount.minor,
                    currency=line.amount.currency, at=line.at,
                )
                for number, line in enumerate(lines, 1)
            ],
            batch_size=5_000,
        )  # fmt: skip
        record("recon.statement_imported", by=by, subject=statement, book=book, lines=len(lines))
        matched, opened = match_book(book, by=by, at=at)
    return Imported(statement.pk, True, len(lines), matched, opened)


def match_book(name: str, *, by: Actor, at: datetime) -> tuple[int, int]:
    """Pair what is not settled on either side; returns how many lines found their posting, and new breaks."""
    book = books.find(name)
    with transaction.atomic():
        # One matching per book at a time.
        ask("SELECT pg_advisory_xact_lock(hashtext('recon.book'), hashtext(%s::text))", [name])
        covered = OutsideStatement.objects.filter(book=name).aggregate(since=Min("since"), until=Max("until"))
        if covered["until"] is None:
            return 0, 0
        since, until = max(covered["since"], covered["until"] - LOOK_BACK), covered["until"]
        said = list(_unsettled_lines(name))
        accounts = mirrors_of(name)
        expected = [
            posting
            for account in accounts.values()
            for posting in _unsettled_postings(account, book, since - book.tolerance, until + book.tolerance)
        ]
        found = match(said, expected, tolerance=book.tolerance)
        _settle(found, by=by, at=at)
        opened = [
            open_break(difference, by=by, at=at)
            for difference in _differences(name, book, found, accounts, since=since, until=until)
        ]
    return len(found.matched), sum(row is not None for row in opened)


def _settle(found: Matching, *, by: Actor, at: datetime) -> None:
    Settled.objects.bulk_create(
        [
            Settled(account_id=posting.account_id, transfer_id=posting.transfer_id, line_id=line.id, settled_at=at)
            for line, posting in found.matched
        ],
        batch_size=5_000,
    )
    lines, transfers = [line.id for line, _ in found.matched], [posting.transfer_id for _, posting in found.matched]
    came = Break.objects.exclude(state=State.RESOLVED).filter(Q(line_id__in=lines) | Q(transfer_id__in=transfers))
    for row in came.select_for_update().order_by("pk"):
        resolve_as_matched(row, by=by, at=at)


def _differences(
    name: str, book: Book, found: Matching, accounts: dict[str, int], *, since: datetime, until: datetime
) -> Iterator[Difference]:
    for line, posting, fields in found.different:
        yield Difference(
            Kind.DIFFERENT, f"different:{line.id}:{posting.transfer_id}", posting.amount, line.amount, book=name,
            reference=line.reference, account_id=posting.account_id, line_id=line.id, transfer_id=posting.transfer_id,
            facts={"differs": list(fields), "theirs_at": line.at.isoformat(), "ours_at": posting.at.isoformat()},
        )  # fmt: skip
    for line in found.unexpected:
        yield Difference(
            Kind.UNEXPECTED, f"unexpected:{line.id}", Money.zero(line.amount.currency), line.amount, book=name,
            reference=line.reference, account_id=accounts.get(line.amount.currency), line_id=line.id,
            facts={"theirs_at": line.at.isoformat()},
        )  # fmt: skip
    for posting in found.unlisted:
        if since <= posting.at and posting.at + book.grace <= until:
            yield Difference(
                Kind.MISSING, f"missing:{posting.account_id}:{posting.transfer_id}", posting.amount,
                Money.zero(posting.amount.currency), book=name, reference=posting.reference,
                account_id=posting.account_id, transfer_id=posting.transfer_id,
                facts={"ours_at": posting.at.isoformat()},
            )  # fmt: skip


def _unsettled_lines(name: str) -> Iterator[Said]:
    rows = OutsideLine.objects.filter(statement__book=name, settled=None).order_by("id")
    for row in rows.exclude(breaks__state=State.RESOLVED):
        yield Said(row.pk, row.reference, row.amount, row.at)


def _unsettled_postings(account_id: int, book: Book, since: datetime, until: datetime) -> Iterator[Expected]:
    sign = 1 if get_account(account_id).normal_side == "credit" else -1
    for page in iterate_statement(account_id, since, until):
        ids = [line.transfer_id for line in page.lines]
        done: set[UUID] = set(
            Settled.objects.filter(account_id=account_id, transfer_id__in=ids).values_list("transfer_id", flat=True)
        )
        for line in page.lines:
            if line.transfer_id not in done:
                reference = str((line.meta or {}).get(book.reference) or line.journal_id)
                yield Expected(line.transfer_id, account_id, reference, line.amount * sign, line.at)


def _check(since: datetime, until: datetime, lines: Sequence[LineIn]) -> None:
    if until <= since:
        raise Invalid("ledger.empty_period", "A period ends after it begins.", since=since, until=until)
    if len(lines) > MOST_LINES:
        raise Invalid(
            "ledger.recon_too_many_lines", f"One statement has at most {MOST_LINES:,} lines.", given=len(lines)
        )
    for number, line in enumerate(lines, 1):
        if not line.amount or not line.reference or not since <= line.at < until:
            raise Invalid(
                "ledger.recon_line", "A line has a reference, an amount and a time within its period.", line=number
            )
