"""The desk of tax papers: who earns much unsigned, what was made of a year, and copies for those whose work it is."""

import pytest
from django.test import Client
from django.urls import reverse

from compliance.tax.desk import list_made, list_unsigned
from compliance.tax.services import build_year
from compliance.tax.states import Form
from foundation import clock
from foundation.audit.models import AuditRecord
from foundation.identity.keys import destroy_key
from foundation.identity.models import Party
from tests.cast import HOUSE, actor, member, signed_in, staff
from tests.compliance.tax.test_papers import earn, sign

pytestmark = pytest.mark.django_db
PAGE = reverse("compliance:tax")
LEAST = 2_000_00


@pytest.fixture
def year():
    return clock.now().year


def earner(name, minor, **signed):
    party_id = member(name).party_id
    earn(party_id, minor)
    if signed:
        sign(party_id, **signed)
    return party_id


def door(name):
    return signed_in(Client(), staff(name))


def text(response):
    return " ".join(response.content.decode().split())


def test_who_earns_near_or_over_the_bound_without_papers_is_asked_for(year):
    silent = earner("silent", LEAST)
    near = earner("near", LEAST * 3 // 4, tin="")
    earner("below", LEAST * 3 // 4 - 1)
    earner("signed", LEAST * 5, form=Form.W9)
    gone = earner("gone", LEAST * 2, form=Form.W8BEN, country="BR", birth_date="1990-05-31", tin="")
    found = list_unsigned(year, today=clock.now().date(), limit=10)
    assert [(one.party_id, one.standing, one.is_over) for one in found] == [
        (gone, "no_number", True), (silent, "missing", True), (near, "no_number", False),
    ]  # fmt: skip
    ran_out = list_unsigned(year, today=clock.now().date().replace(year=year + 5), limit=10)
    assert ran_out[0].standing == "expired"
    earn(silent, LEAST, kind="clawback.taken")
    assert [one.party_id for one in list_unsigned(year, today=clock.now().date(), limit=10)] == [gone, near]


def test_pages_neither_skip_nor_repeat(year):
    known = {earner(f"one-{number}", LEAST + number // 2) for number in range(7)}
    found, after = [], None
    while page := list_unsigned(year, today=clock.now().date(), after=after, limit=3):
        found += [one.party_id for one in page]
        after = (page[-1].received.minor, page[-1].party_id)
    assert (len(found), set(found)) == (7, known)


def test_the_page_shows_who_is_to_be_asked_and_is_empty_without_anybody(year):
    carl = door("carl")
    assert "Everybody who earns much has signed" in text(carl.get(PAGE))
    assert f"No document of {year} yet" in text(carl.get(PAGE, {"view": "documents"}))
    earner("silent", LEAST)
    shown = carl.get(PAGE)
    (row,) = shown.context["table"].rows
    assert (row.cells[0].text, row.cells[2].word, row.cells[3].word) == ("silent", "Over", "No form")
    for wrong in ({"year": "1999"}, {"view": "x"}, {"kind": "x"}, {"after": "9~x"}, {"after": "x"}, {"before": "x"}):
        query = {"view": "documents", **wrong} if "before" in wrong else wrong
        assert carl.get(PAGE, query).status_code == 400


def test_documents_of_a_year_with_their_state_and_a_copy_on_record(year):
    maya = earner("maya", LEAST, form=Form.W9)
    build_year(year=year, by=HOUSE, at=clock.now())
    earn(maya, 1_00)
    build_year(year=year, by=HOUSE, at=clock.now())
    carl = door("carl")
    shown = carl.get(PAGE, {"view": "documents"})
    assert [row.cells[3].word for row in shown.context["table"].rows] == ["In force", "Corrected since"]
    tiles = {tile.label: (tile.value, tile.note) for tile in shown.context["tiles"]}
    assert tiles[f"1099-NEC, {year}"] == (1, "1 corrected")
    url = shown.context["table"].rows[0].actions[0].post
    copy = carl.post(url)
    assert b"".join(copy.streaming_content).startswith(b"%PDF")
    opened = AuditRecord.objects.get(action="tax.number_opened")
    taken = AuditRecord.objects.get(action="tax.document_taken")
    assert opened.facts["why"] == f"a copy of 1099-NEC {year}"
    assert opened.actor == taken.actor == actor(staff("carl")).reference
    for name in ("udo", "lena", "adam"):
        assert door(name).post(url).status_code == 403
        assert "tax/documents/" not in text(door(name).get(PAGE, {"view": "documents"}))
    for name in ("susi", "eva", "ines"):
        assert door(name).get(PAGE).status_code == 403


def test_a_copy_of_somebody_erased_names_nobody(year):
    maya = earner("maya", LEAST, form=Form.W9)
    build_year(year=year, by=HOUSE, at=clock.now())
    destroy_key(Party.objects.get(pk=maya).key_id)
    (made,) = list_made(year, limit=5)
    copy = door("carl").post(reverse("compliance:tax_document", args=[made.document.id]))
    assert b"".join(copy.streaming_content).startswith(b"%PDF")


def test_both_lists_are_taken_as_a_file_and_that_is_recorded(year):
    earner("silent", LEAST)
    earner("maya", LEAST * 2, form=Form.W9)
    build_year(year=year, by=HOUSE, at=clock.now())
    file = reverse("compliance:tax_file", args=["csv"])
    carl = door("carl")
    lines = b"".join(carl.get(file).streaming_content).decode().splitlines()
    assert lines[0].startswith("creator_id,name,received_minor")
    assert len(lines) == 2
    assert ",silent,200000,USD,missing,," in lines[1]
    made = b"".join(carl.get(file, {"view": "documents", "year": year}).streaming_content).decode().splitlines()
    assert len(made) == 3  # both, and the heading: who signed nothing gets one as well
    assert AuditRecord.objects.filter(action="tax.exported").count() == 2
    assert carl.get(reverse("compliance:tax_file", args=["xls"])).status_code == 404
    assert door("lena").get(file).status_code == 403
