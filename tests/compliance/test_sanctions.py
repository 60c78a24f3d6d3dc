"""Names against lists: what is alike is found, what is not is left alone, and no name is written down."""

import logging

import pytest
from django.core.management import call_command

from compliance.sanctions.models import SanctionsEntry, SanctionsList
from compliance.sanctions.rules.names import MATCHES_FROM, best_score, key_of, likeness, score
from compliance.sanctions.services import clear_matches, import_list, match_name, match_party
from foundation import clock
from foundation.audit.models import AuditRecord
from foundation.errors import Invalid
from foundation.events.models import Outbox
from foundation.ids import uuid7
from tests.cast import HOUSE, member

HEAD = "id,kind,name,aliases,born,countries\n"
LIST = HEAD + (
    "T-1,person,Brunost Vexeth Druskissen,Druskissen Brunost,1960-10-13,XB\n"
    "T-2,person,Mohammed al-Tarnulin,Muhamad Tarnoolin;Mohamed Tarnulin,1971-02-01,XA;XC\n"
    "T-3,entity,Selvinger Shipping Ltd,,,XD\n"
)


def taken(text: str = LIST, name: str = "synthetic"):
    return import_list(name=name, content=text.encode(), by=HOUSE, at=clock.now())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Brunost Druskissen", "Brunost Vexeth Druskissen"),
        ("DRUSKISSEN, Brunost", "Brunost Druskissen"),
        ("Brünost Druskisen", "Brunost Druskissen"),
        ("Mohamed Tarnulin", "Muhammad Tarnulin"),
        ("José Ávila Peña", "Jose Avila Pena"),
        ("Selvinger Shipping", "Selvinger Shipping Limited"),
    ],
)
def test_spellings_of_one_name_match(one, other):
    assert score(one, other) >= MATCHES_FROM
    assert score(one, other) == score(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Maya Lindqvist", "Brunost Druskissen"),
        ("Anna Schmidt", "Anna Schubert"),
        ("Brunost", "Brunost Vexeth Druskissen"),
        ("Tarnulin Selvinger", "Tarnulin Druskissen"),
        ("", "Brunost Druskissen"),
        ("Peter Miller", "Paul Meller"),
    ],
)
def test_other_people_do_not(one, other):
    assert score(one, other) < MATCHES_FROM


def test_the_measure_of_likeness_is_jaro_winkler():
    assert round(likeness("martha", "marhta"), 3) == 0.961
    assert round(likeness("dixon", "dicksonx"), 3) == 0.813
    assert (likeness("a", "a"), likeness("abc", "xyz")) == (1.0, 0.0)


def test_birth_years_far_apart_speak_against_a_match():
    assert best_score("Brunost Druskissen", "1960-01-01", ["Brunost Druskissen"], "1961-05-05") == 100
    assert best_score("Brunost Druskissen", "1999-01-01", ["Brunost Druskissen"], "1961-05-05") < MATCHES_FROM
    assert best_score("Brunost Druskissen", "", ["Brunost Druskissen"], "1961-05-05") == 100


def test_words_that_sound_alike_are_found_by_one_key():
    assert key_of("tarnulin") == key_of("tarnoolin") == key_of("tarnolin")
    assert key_of("mohammed") == key_of("muhamad")


@pytest.mark.django_db
def test_a_list_is_taken_once_and_the_next_version_replaces_it():
    first, is_new = taken()
    again, is_again = taken()
    second, _ = taken(LIST + "T-4,person,Quilimar Zarnovari,,,\n")

    assert (is_new, is_again, again.pk) == (True, False, first.pk)
    assert list(SanctionsList.objects.filter(is_current=True)) == [second]
    assert SanctionsEntry.objects.filter(list=second).count() == 4
    assert [m.entry_key for m in match_name("Quilimar Zarnovari").matches] == ["T-4"]
    assert Outbox.objects.filter(type="compliance.sanctions.imported").count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    ["", HEAD, "id,name\n1,x\n", HEAD + "T-1,person,,,,\n", HEAD + "T-1,ship,Some Name,,,\n",
     HEAD + "T-1,person,A B,,,\nT-1,person,C D,,,\n"],
)  # fmt: skip
def test_a_list_that_cannot_be_read_changes_nothing(text):
    first, _ = taken()
    with pytest.raises(Invalid):
        taken(text)
    assert SanctionsList.objects.get(is_current=True) == first


@pytest.mark.django_db
def test_a_creator_is_matched_and_a_pair_a_person_cleared_is_not_asked_again():
    taken()
    maya = member("maya", name="Brunost Druskisen", birth_date="1960-10-13").party_id
    found = match_party(party_id=maya, by=HOUSE)
    (match,) = found.matches
    assert (match.list_name, match.entry_key, found.best >= MATCHES_FROM) == ("synthetic", "T-1", True)

    pair = (match.list_name, match.entry_key)
    case = {"escalation_id": uuid7(), "by": "user:carl", "at": clock.now()}
    assert clear_matches(party_id=maya, pairs=[pair], **case) == 1
    assert clear_matches(party_id=maya, pairs=[pair], **case) == 0
    assert match_party(party_id=maya, by=HOUSE).matches == ()


@pytest.mark.django_db
def test_no_opened_name_is_written_down(caplog):
    taken()
    party = member("maya", name="Brunost Druskissen").party_id
    with caplog.at_level(logging.DEBUG):
        match_party(party_id=party, by=HOUSE)
    read = AuditRecord.objects.get(action="sanctions.matched")
    assert (read.outcome, read.facts["found"], read.facts["subjects"]) == ("read", 1, 1)
    written = (
        caplog.text
        + str(list(AuditRecord.objects.values_list("facts", "reason")))
        + str(list(Outbox.objects.values_list("payload", flat=True)))
    )
    assert "runost" not in written
    assert "ruskissen" not in written


@pytest.mark.django_db
def test_without_a_name_or_a_list_nothing_is_said_to_match():
    maya = member("maya", name="Brunost Druskissen").party_id
    assert match_party(party_id=maya, by=HOUSE).matches == ()
    taken()
    nameless = match_party(party_id=member("nameless").party_id, by=HOUSE)
    assert (nameless.matches, nameless.is_known) == ((), False)


@pytest.mark.django_db
def test_the_command_takes_the_invented_list_of_the_demo(capsys):
    call_command("import_sanctions", "fanzmoney/demo/sanctions.csv", as_json=True)
    assert '"entries": 200' in capsys.readouterr().out
    assert [m.entry_key for m in match_name("Vexeth Brunost Druskissen").matches] == ["SYN-0001"]
