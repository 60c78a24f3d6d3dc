"""Sign a form, keep tax back of a payout, give it back, make the documents of a year."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from compliance.tax.errors import refusal, wrong
from compliance.tax.models import TaxDocument, TaxProfile, TaxWithheld
from compliance.tax.rules.documents import documents_due
from compliance.tax.rules.profiles import expires_on, read_form
from compliance.tax.rules.withholding import withheld
from compliance.tax.rules.years import YEARS
from compliance.tax.selectors import (
    current_profile,
    current_profiles,
    figures_of_all,
    list_unreported,
    newest_documents,
    opened,
    profile_view,
)
from compliance.tax.states import Document, Form, Standing
from compliance.tax.types import ProfileView, Unreported, Withholding
from foundation.actors import Actor
from foundation.audit.services import record, record_read
from foundation.identity import keys
from foundation.identity.models import Party
from foundation.ids import uuid7
from foundation.money import Money

ENDING = 4
STATES = {
    Standing.VALID: Party.Check.PASSED, Standing.NO_NUMBER: Party.Check.PENDING,
    Standing.EXPIRED: Party.Check.EXPIRED, Standing.MISSING: Party.Check.NOT_STARTED,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Built:
    """What a run over a year came to."""

    made: int
    corrected: int
    unchanged: int
    without_number: tuple[UUID, ...]
    """Parties whose document has no taxpayer number yet."""
    unreported: tuple[Unreported, ...]
    """Withheld in other currencies, or of parties who get no 1099-NEC."""


def sign_profile(
    *, party_id: UUID, form: Form, given: Mapping[str, str], treaty_country: str = "", us_percent: int = 0, by: Actor,
    at: datetime,
) -> ProfileView:  # fmt: skip
    """Take a signed form; it is in force at once, and the one before it stays as it was.

    Refuses, field by field, what is missing and a number no tax office could have given.
    """
    if form is Form.W9:
        treaty_country, us_percent = "", 0
    signed = read_form(form, given, treaty_country=treaty_country, us_percent=us_percent, today=at.date())
    if signed.wrong:
        raise wrong(**signed.wrong)
    with transaction.atomic():
        party = Party.objects.locked(party_id)
        last = TaxProfile.objects.filter(party=party).aggregate(Max("number"))["number__max"] or 0
        profile_id = uuid7()
        plain = json.dumps({**signed.kept, "tin": signed.tin}, sort_keys=True, ensure_ascii=False).encode()
        country = signed.kept["country"]
        row = TaxProfile.objects.create(
            id=profile_id, party=party, number=last + 1, form=form, country=country,
            sealed=keys.seal(keys.read_key(party.key_id), plain, bound_to=profile_id),
            tin_fingerprint=keys.keyed_hash("tax-number", f"{country}:{signed.tin}") if signed.tin else b"",
            tin_ending=signed.tin[-ENDING:], treaty_country=treaty_country, us_percent=us_percent, signed_at=at,
            signed_by=by.reference, expires_on=expires_on(form, at.date()),
        )  # fmt: skip
        view = profile_view(row)
        Party.objects.filter(pk=party.pk).update(tax_state=STATES[view.standing(at.date())])
        record("tax.profile_signed", by=by, subject=row, form=form, number=row.number, country=country)
    return view


def open_profile(*, profile_id: UUID, why: str, by: Actor) -> dict[str, str]:
    """What stands sealed in a profile, the number among it; who looked and why is recorded."""
    if not why.strip():
        raise refusal("tax.reason_missing")
    with transaction.atomic():
        details = opened(profile_id)
        record_read("tax.number_opened", by=by, query={"profile": str(profile_id)}, subjects=1, why=why[:200])
    return details


def what_to_withhold(*, party_id: UUID, amount: Money, at: datetime) -> Withholding:
    """How much of this amount a payout has to leave here, by what its party signed."""
    return withheld(amount, current_profile(party_id), at.date())


def note_withheld(*, payout_id: UUID, party_id: UUID, base: Money, kept: Withholding, by: Actor, at: datetime) -> None:
    """Write down what was kept back of a payout, in the transaction that books it."""
    profile = current_profile(party_id)
    row = TaxWithheld.objects.create(
        payout_id=payout_id, party_id=party_id, profile_id=profile.id if profile else None, scheme=kept.scheme,
        base_minor=base.minor, withheld_minor=kept.amount.minor, currency=base.currency, points=kept.points,
        why=kept.why[:120], at=at,
    )  # fmt: skip
    facts: dict[str, Any] = {"scheme": kept.scheme, "points": kept.points, "currency": base.currency}
    record("tax.withheld", by=by, subject=row, amount_minor=kept.amount.minor, **facts)


def note_given_back(*, payout_id: UUID, by: Actor, at: datetime) -> TaxWithheld | None:
    """What was kept back of this payout goes back to its creator; None when nothing was, or it went before."""
    row = TaxWithheld.objects.select_for_update().filter(pk=payout_id, given_back_at=None).first()
    if row is None:
        return None
    TaxWithheld.objects.filter(pk=payout_id).update(given_back_at=at)
    record("tax.given_back", by=by, subject=row, amount_minor=row.withheld_minor, currency=row.currency)
    return row


def expire_profiles(*, today: date) -> int:
    """Parties whose newest form ran out are marked so."""
    passed = Party.objects.filter(tax_state=Party.Check.PASSED).values_list("pk", flat=True)
    found = current_profiles(TaxProfile.objects.filter(party_id__in=passed, expires_on__lt=today)
                             .values_list("party_id", flat=True))  # fmt: skip
    over = [party for party, profile in found.items() if profile.standing(today) is Standing.EXPIRED]
    return Party.objects.filter(pk__in=over).update(tax_state=Party.Check.EXPIRED)


def build_year(*, year: int, by: Actor, at: datetime) -> Built:
    """Make every document a year asks for; one whose figures changed since gets a correction, the others stay."""
    if year not in YEARS:
        raise refusal("tax.year_unknown", known=sorted(YEARS))
    made = corrected = unchanged = 0
    without, reported = [], set()
    with transaction.atomic():
        known = newest_documents(year)
        everybody = figures_of_all(year)
        profiles = current_profiles(one.party_id for one in everybody)
        for one in everybody:
            profile = profiles.get(one.party_id)
            had = {kind for party, kind in known if party == one.party_id}
            for kind, figures in documents_due(one, profile, had):
                if kind is Document.NEC:
                    reported.add(one.party_id)
                before = known.get((one.party_id, str(kind)))
                if before is not None and before.figures == figures:
                    unchanged += 1
                    continue
                row = TaxDocument.objects.create(
                    party_id=one.party_id, profile_id=profile.id if profile else None, year=year, kind=kind,
                    number=before.number + 1 if before else 1, corrects=before, figures=figures, made_at=at,
                    made_by=by.reference,
                )  # fmt: skip
                record("tax.document_made", by=by, subject=row, kind=kind, year=year, number=row.number)
                made, corrected = made + (before is None), corrected + (before is not None)
                if profile is None or not profile.tin_ending:
                    without.append(one.party_id)
        unreported = list_unreported(year, reported)
    return Built(made, corrected, unchanged, tuple(without), tuple(unreported))
