"""Forms are signed once each, sealed, opened on record; documents are made, corrected and read by their own alone."""

import json

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client

from compliance.tax.models import TaxDocument, TaxProfile, TaxWithheld
from compliance.tax.selectors import current_profile, figures_of
from compliance.tax.services import (
    build_year,
    expire_profiles,
    note_given_back,
    note_withheld,
    open_profile,
    sign_profile,
    what_to_withhold,
)
from compliance.tax.states import Form, Scheme
from compliance.tax.types import Unreported
from foundation import clock
from foundation.audit.models import AuditRecord
from foundation.errors import Invalid
from foundation.identity.models import Party
from foundation.ids import uuid7
from foundation.money import Money
from ledger import chart
from ledger.services import open_account, post
from ledger.types import AccountKey, Posting
from tests.cast import HOUSE, member, portal_user, signed_in
from tests.ledger.books import KINDS, as_owner

pytestmark = pytest.mark.django_db
W9 = {
    "name": "Maya Moss", "street": "1 Main St", "town": "Reno", "region": "NV", "post_code": "89501", "country": "US",
    "tin": "123-45-6789", "signature": "Maya Moss",
}  # fmt: skip


def sign(party_id, form=Form.W9, **changes):
    more = {name: changes.pop(name) for name in ("treaty_country", "us_percent") if name in changes}
    return sign_profile(party_id=party_id, form=form, given=W9 | changes, by=HOUSE, at=clock.now(), **more)


def earn(party_id, minor, kind="earnings.settled", currency="USD"):
    with as_owner() as owner:
        owner.execute(KINDS.encode())
    world = open_account(AccountKey("story", "world", currency))
    available = open_account(chart.creator("available", party_id, currency))
    pair = (available, world) if kind == "clawback.taken" else (world, available)
    post(Posting(uuid7(), *pair, Money(minor, currency), kind))


def test_a_form_is_sealed_and_only_its_ending_is_shown():
    maya = member("maya").party_id
    view = sign(maya)
    row = TaxProfile.objects.get(pk=view.id)
    assert (view.tin_ending, Party.objects.get(pk=maya).tax_state) == ("6789", "passed")
    assert b"123456789" not in bytes(row.sealed)
    assert b"Moss" not in bytes(row.sealed)


def test_a_change_is_the_next_number_and_nothing_is_written_over():
    maya = member("maya").party_id
    first, second = sign(maya), sign(maya, tin="")
    assert (first.number, second.number, current_profile(maya).id) == (1, 2, second.id)
    assert Party.objects.get(pk=maya).tax_state == "pending"
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE tax_profile SET tin_ending = '0000' WHERE id = %s", [first.id])
    assert TaxProfile.objects.get(pk=first.id).tin_ending == "6789"


def test_who_opens_a_number_says_why_and_is_on_record():
    view = sign(member("maya").party_id)
    with pytest.raises(Invalid):
        open_profile(profile_id=view.id, why=" ", by=HOUSE)
    assert open_profile(profile_id=view.id, why="the IRS asked", by=HOUSE)["tin"] == "123456789"
    line = AuditRecord.objects.get(action="tax.number_opened")
    assert (line.facts["why"], line.facts["query"]) == ("the IRS asked", {"profile": str(view.id)})
    assert "123456789" not in json.dumps(list(AuditRecord.objects.values_list("facts", flat=True)))


def test_a_w8_that_ran_out_is_marked():
    maya = member("maya").party_id
    view = sign(maya, Form.W8BEN, country="DE", tin="36574261809", birth_date="1990-05-31")
    assert expire_profiles(today=view.expires_on) == 0
    assert expire_profiles(today=view.expires_on.replace(year=view.expires_on.year + 1)) == 1
    assert Party.objects.get(pk=maya).tax_state == "expired"


def test_a_years_documents_are_made_once_and_corrected_when_the_books_change():
    maya, nora, year = member("maya").party_id, member("nora").party_id, clock.now().year
    sign(maya)
    for party, minor in ((maya, 2_500_00), (nora, 1_999_00)):
        earn(party, minor)
    earn(maya, 100_00, "clawback.taken")
    earn(maya, 700_00, "credit.disbursed")
    assert figures_of(maya, year).received == Money(2_400_00, "USD")

    def built():
        done = build_year(year=year, by=HOUSE, at=clock.now())
        return done.made, done.corrected, done.unchanged

    assert [built(), built()] == [(1, 0, 0), (0, 0, 1)]
    earn(maya, 600_00)
    assert built() == (0, 1, 0)
    first, second = TaxDocument.objects.order_by("number")
    assert (first.figures["compensation_minor"], second.figures["compensation_minor"]) == (2_400_00, 3_000_00)
    assert second.corrects_id == first.pk
    earn(nora, 1_00)
    assert build_year(year=year, by=HOUSE, at=clock.now()).without_number == (nora,)


def keep_back(party_id, minor=100_00, currency="USD"):
    payout_id, base, at = uuid7(), Money(minor, currency), clock.now()
    kept = what_to_withhold(party_id=party_id, amount=base, at=at)
    note_withheld(payout_id=payout_id, party_id=party_id, base=base, kept=kept, by=HOUSE, at=at)
    return payout_id


def test_of_whom_tax_was_withheld_gets_a_document_also_without_earnings():
    maya, at = member("maya").party_id, clock.now()
    sign(maya, tin="")
    payout_id = keep_back(maya)
    built = build_year(year=at.year, by=HOUSE, at=at)
    assert (built.made, built.without_number, built.unreported) == (1, (maya,), ())
    assert TaxDocument.objects.get().figures["withheld_minor"] == 24_00

    note_given_back(payout_id=payout_id, by=HOUSE, at=at)
    assert build_year(year=at.year, by=HOUSE, at=at).corrected == 1
    assert TaxDocument.objects.get(number=2).figures["withheld_minor"] == 0


def test_what_was_withheld_and_stands_in_no_document_is_named(capsys):
    maya, nora, at = member("maya").party_id, member("nora").party_id, clock.now()
    sign(maya, tin="")
    sign(nora, Form.W8BEN, country="DE", tin="36574261809", birth_date="1990-05-31", us_percent=50)
    keep_back(maya)
    keep_back(maya, currency="EUR")
    keep_back(nora)
    of_nora = TaxWithheld.objects.get(party_id=nora).withheld_minor
    expected = {
        Unreported(maya, Scheme.BACKUP, Money(24_00, "EUR")), Unreported(nora, Scheme.FOREIGN, Money(of_nora, "USD")),
    }  # fmt: skip
    built = build_year(year=at.year, by=HOUSE, at=at)
    assert (built.made, len(built.unreported), set(built.unreported)) == (1, 2, expected)
    call_command("tax_build", "--year", str(at.year), "--json")
    said = json.loads(capsys.readouterr().out)["unreported"]
    assert {"party": str(maya), "scheme": "us-backup", "minor": 24_00, "currency": "EUR"} in said


def test_the_command_says_what_it_would_make_and_makes_nothing(capsys):
    maya, year = member("maya").party_id, clock.now().year
    earn(maya, 2_500_00)
    call_command("tax_build", "--year", str(year), "--dry-run", "--json")
    assert json.loads(capsys.readouterr().out)["made"] == 1
    assert not TaxDocument.objects.exists()


def test_the_pages_sign_say_what_it_means_and_give_the_document():
    maya = member("maya")
    browser = signed_in(Client(), portal_user(maya))
    assert "have not said who you are" in browser.get("/starz/tax").content.decode()
    wrong = browser.post("/starz/tax/sign?form=W-9", W9 | {"tin": "000-00-0000"})
    assert "No office gave out such a number" in wrong.content.decode()
    assert browser.post("/starz/tax/sign?form=W-9", W9 | {"tin": ""}).status_code == 302
    assert "$24.00" in browser.get("/starz/tax").content.decode()
    assert browser.post("/starz/tax/sign?form=W-9", W9).status_code == 302
    earn(maya.party_id, 2_500_00)
    build_year(year=clock.now().year, by=HOUSE, at=clock.now())
    page = browser.get("/starz/tax").content.decode()
    assert "ends in 6789" in page
    assert "123456789" not in page
    document = TaxDocument.objects.get()
    paper = browser.get(f"/starz/tax/documents/{document.pk}")
    assert b"".join(paper.streaming_content).startswith(b"%PDF-")
    other = signed_in(Client(), portal_user(member("nora")))
    assert other.get(f"/starz/tax/documents/{document.pk}").status_code == 404


def test_signing_asks_again_who_it_is():
    browser = signed_in(Client(), portal_user(member("maya")), stepped_up=False)
    assert browser.get("/starz/tax/sign?form=W-9").headers["Location"].startswith("/account/confirm")
    assert browser.post("/starz/tax/sign?form=W-9", W9).headers["Location"].startswith("/account/confirm")
    assert not TaxProfile.objects.exists()
