"""Questions about tax papers. What is sealed is opened only by `open_profile`, which is recorded."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet, Sum

from compliance.tax.errors import refusal
from compliance.tax.models import TaxDocument, TaxProfile, TaxWithheld
from compliance.tax.rules.years import CURRENCY
from compliance.tax.states import Document, Form, Scheme
from compliance.tax.types import DocumentView, ProfileView, Quarter, Unreported, YearFigures
from foundation.identity import keys
from foundation.money import Money

# What became a creator's to take, less what was taken back from it; loans and payouts are no earnings.
RECEIVED = """
SELECT creator_id, currency, extract(quarter FROM effective_at AT TIME ZONE 'UTC')::int, sum(amount_minor)::bigint
FROM fact_received WHERE effective_at >= %(since)s AND effective_at < %(until)s AND recorded_at >= %(since)s
    AND (%(party)s::uuid IS NULL OR creator_id = %(party)s::uuid)
GROUP BY 1, 2, 3
"""
SOLD = """
SELECT creator_id, currency, extract(quarter FROM captured_at AT TIME ZONE 'UTC')::int, sum(amount_minor)::bigint,
    count(*)::bigint
FROM fact_sale WHERE captured_at >= %(since)s AND captured_at < %(until)s
    AND (%(party)s::uuid IS NULL OR creator_id = %(party)s::uuid)
GROUP BY 1, 2, 3
"""


def current_profile(party_id: UUID) -> ProfileView | None:
    """The newest form this party signed."""
    row = TaxProfile.objects.filter(party_id=party_id).order_by("-number").first()
    return profile_view(row) if row else None


def current_profiles(party_ids: Iterable[UUID]) -> dict[UUID, ProfileView]:
    rows = TaxProfile.objects.filter(party_id__in=list(party_ids)).order_by("party_id", "-number").distinct("party_id")
    return {row.party_id: profile_view(row) for row in rows}


def opened(profile_id: UUID) -> dict[str, str]:
    """What stands sealed in a profile; for services that record who looked. KeyDestroyed for an erased party."""
    row = TaxProfile.objects.select_related("party").filter(pk=profile_id).first()
    if row is None:
        raise refusal("tax.no_profile")
    plain = keys.unseal(keys.read_key(row.party.key_id), bytes(row.sealed), bound_to=row.pk)
    details: dict[str, str] = json.loads(plain)
    return details


def figures_of(party_id: UUID, year: int) -> YearFigures:
    """One creator's year; nothing but noughts where they earned nothing."""
    return next(iter(_figures(year, party_id)), _empty(party_id, year))


def figures_of_all(year: int) -> list[YearFigures]:
    """The year of everybody who earned, of whom tax was withheld, or who has a document of it; by their ids."""
    return sorted(_figures(year, None), key=lambda one: one.party_id)


def list_documents(party_id: UUID) -> list[DocumentView]:
    """Newest first; the one with the highest number of a kind and year is in force."""
    rows = TaxDocument.objects.filter(party_id=party_id).order_by("-year", "kind", "-number")
    return [document_view(row) for row in rows]


def get_document(document_id: UUID, *, party_id: UUID) -> DocumentView:
    """One document of this party; NotFound for another's."""
    row = TaxDocument.objects.filter(pk=document_id, party_id=party_id).first()
    if row is None:
        raise refusal("tax.no_document")
    return document_view(row)


def newest_documents(year: int) -> dict[tuple[UUID, str], TaxDocument]:
    rows = TaxDocument.objects.filter(year=year).order_by("party_id", "kind", "-number").distinct("party_id", "kind")
    return {(row.party_id, row.kind): row for row in rows}


def list_unreported(year: int, reported: Iterable[UUID]) -> list[Unreported]:
    """What was withheld and has no place in a document, where these parties have one for their US dollars."""
    sums = _kept(year).values_list("party_id", "scheme", "currency").annotate(Sum("withheld_minor"))
    told = frozenset(reported)
    return [
        Unreported(party, Scheme(scheme), Money(int(minor), currency))
        for party, scheme, currency, minor in sums.order_by("party_id", "scheme", "currency")
        if currency != CURRENCY or party not in told
    ]


def withheld_of(payout_id: UUID) -> TaxWithheld | None:
    return TaxWithheld.objects.filter(pk=payout_id).first()


def profile_view(row: TaxProfile) -> ProfileView:
    return ProfileView(
        row.pk, row.party_id, row.number, Form(row.form), row.country, row.tin_ending, row.treaty_country,
        row.us_percent, row.signed_at, row.expires_on,
    )  # fmt: skip


def document_view(row: TaxDocument) -> DocumentView:
    return DocumentView(
        row.pk, row.party_id, row.year, Document(row.kind), row.number, row.corrects_id, row.figures, row.made_at,
        row.profile_id,
    )  # fmt: skip


def _figures(year: int, party_id: UUID | None) -> list[YearFigures]:
    since, until = bounds(year)
    asked = {"since": since, "until": until, "party": party_id}
    received = {(p, c, q): minor for p, c, q, minor in ask(RECEIVED, asked)}
    sold = {(p, c, q): (minor, count) for p, c, q, minor, count in ask(SOLD, asked)}
    kept, documents = _kept(year).filter(currency=CURRENCY), TaxDocument.objects.filter(year=year)
    if party_id:
        kept, documents = kept.filter(party_id=party_id), documents.filter(party_id=party_id)
    withheld = dict(kept.order_by("party_id").values_list("party_id").annotate(Sum("withheld_minor")))
    quarters: dict[UUID, list[Quarter]] = {}
    for party, currency, quarter in sorted(received.keys() | sold.keys(), key=lambda key: (key[1], key[2])):
        key = party, currency, quarter
        gross, count = sold.get(key, (0, 0))
        made = Quarter(
            year, quarter, currency, Money(received.get(key, 0), currency), Money(gross, currency), int(count)
        )
        quarters.setdefault(party, []).append(made)
    parties = quarters.keys() | withheld.keys() | set(documents.values_list("party_id", flat=True))
    return [_year(party, year, quarters.get(party, []), withheld.get(party, 0)) for party in parties]


def _kept(year: int) -> QuerySet[TaxWithheld]:
    since, until = bounds(year)
    return TaxWithheld.objects.filter(at__gte=since, at__lt=until, given_back_at=None)


def bounds(year: int) -> tuple[datetime, datetime]:
    return datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)


def _year(party: UUID, year: int, quarters: list[Quarter], withheld: int) -> YearFigures:
    in_dollars = [quarter for quarter in quarters if quarter.currency == CURRENCY]
    nothing = Money.zero(CURRENCY)
    return YearFigures(
        party, year, sum((q.received for q in in_dollars), nothing), sum((q.gross for q in in_dollars), nothing),
        sum(q.sales for q in in_dollars), Money(int(withheld), CURRENCY), tuple(quarters),
    )  # fmt: skip


def _empty(party_id: UUID, year: int) -> YearFigures:
    nothing = Money.zero(CURRENCY)
    return YearFigures(party_id, year, nothing, nothing, 0, nothing)


def ask(sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
