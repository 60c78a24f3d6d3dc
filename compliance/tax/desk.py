"""The desk of tax papers: who earns much and has no form in force, and the documents of a year with their state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from compliance.tax.errors import refusal
from compliance.tax.models import TaxDocument
from compliance.tax.rules.years import CURRENCY, rules_of
from compliance.tax.selectors import ask, bounds, document_view
from compliance.tax.states import Document, Standing
from compliance.tax.types import DocumentView
from foundation.money import Money

NEAR_PERCENT = 75
"""From this share of the bound on, who has no form in force is on the desk."""
AT_ONCE = 1_000
LATER = TaxDocument.objects.filter(corrects=OuterRef("pk"))

# The newest form of everybody who received enough; what is in force and has a number is left out.
UNSIGNED = """
WITH received AS (
    SELECT creator_id, sum(amount_minor)::bigint AS minor FROM fact_received
    WHERE effective_at >= %(since)s AND effective_at < %(until)s AND recorded_at >= %(since)s
        AND currency = %(currency)s
    GROUP BY 1 HAVING sum(amount_minor) >= %(near)s
)
SELECT r.creator_id, r.minor, p.form, p.number IS NOT NULL AND p.expires_on < %(today)s, p.tin_ending
FROM received r LEFT JOIN LATERAL (
    SELECT form, number, expires_on, tin_ending FROM tax_profile WHERE party_id = r.creator_id
    ORDER BY number DESC LIMIT 1
) p ON true
WHERE (p.number IS NULL OR p.tin_ending = '' OR p.expires_on < %(today)s)
    AND (%(minor)s::bigint IS NULL OR (r.minor, r.creator_id) < (%(minor)s, %(party)s::uuid))
ORDER BY r.minor DESC, r.creator_id DESC LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A creator near or over the bound of a 1099-NEC whose papers are not in order."""

    party_id: UUID
    received: Money
    standing: Standing
    form: str
    is_over: bool


@dataclass(frozen=True, slots=True)
class Made:
    """A document of a year, and whether it still holds."""

    document: DocumentView
    is_replaced: bool
    has_number: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """The documents in force of one kind and year."""

    kind: Document
    count: int
    corrections: int
    without_number: int


def list_unsigned(
    year: int, *, today: date, after: tuple[int, UUID] | None = None, limit: int
) -> list[Unsigned]:  # fmt: skip
    """Who received most first, among those with no form, one that ran out, or one without a number."""
    least, (since, until) = rules_of(year).nec_least, bounds(year)
    minor, party = after or (None, None)
    rows = ask(
        UNSIGNED,
        {
            "since": since, "until": until, "currency": CURRENCY, "near": least * NEAR_PERCENT // 100, "today": today,
            "minor": minor, "party": party, "limit": limit,
        },
    )  # fmt: skip
    return [
        Unsigned(
            party_id, Money(int(received), CURRENCY), _standing(form, ran_out=bool(ran_out)), form or "",
            received >= least,
        )
        for party_id, received, form, ran_out, _ in rows
    ]  # fmt: skip


def all_unsigned(year: int, *, today: date) -> Iterator[list[Unsigned]]:
    """All of them, page by page."""
    after = None
    while page := list_unsigned(year, today=today, after=after, limit=AT_ONCE):
        yield page
        after = (page[-1].received.minor, page[-1].party_id)


def list_made(year: int, *, kind: str = "", before: UUID | None = None, limit: int) -> list[Made]:
    """Documents of a year, the newest first."""
    rows = _documents(year).select_related("profile")
    if kind:
        rows = rows.filter(kind=kind)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return [
        Made(document_view(row), row.is_replaced, bool(row.profile and row.profile.tin_ending))  # type: ignore[attr-defined]
        for row in rows.order_by("-pk")[:limit]
    ]


def all_made(year: int, *, kind: str = "") -> Iterator[list[Made]]:
    before = None
    while page := list_made(year, kind=kind, before=before, limit=AT_ONCE):
        yield page
        before = page[-1].document.id


def count_made(year: int) -> list[Counted]:
    """What was made of a year by kind, counted by what is in force."""
    rows = _documents(year).filter(~Exists(LATER)).order_by("kind").values("kind")
    rows = rows.annotate(
        count=Count("pk"), corrections=Count("pk", filter=Q(number__gt=1)),
        missing=Count("pk", filter=Q(profile=None) | Q(profile__tin_ending="")),
    )  # fmt: skip
    return [Counted(Document(r["kind"]), r["count"], r["corrections"], r["missing"]) for r in rows]


def years_made() -> list[int]:
    return list(TaxDocument.objects.order_by("-year").values_list("year", flat=True).distinct())


def any_document(document_id: UUID) -> DocumentView:
    """Whoever's it is, for staff who may take it; NotFound."""
    row = TaxDocument.objects.filter(pk=document_id).first()
    if row is None:
        raise refusal("tax.no_document")
    return document_view(row)


def last_made_at(year: int) -> datetime | None:
    newest = TaxDocument.objects.filter(year=year).order_by("-made_at").values_list("made_at", flat=True).first()
    return newest


def _documents(year: int) -> QuerySet[TaxDocument]:
    return TaxDocument.objects.filter(year=year).annotate(is_replaced=Exists(LATER))


def _standing(form: str | None, *, ran_out: bool) -> Standing:
    if form is None:
        return Standing.MISSING
    return Standing.EXPIRED if ran_out else Standing.NO_NUMBER
