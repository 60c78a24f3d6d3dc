"""Finding who did what to what."""

from datetime import timedelta

import pytest

from foundation import clock
from foundation.actors import system
from foundation.audit.models import Outcome
from foundation.audit.selectors import AuditQuery, count_records, get_record, records_about, search_records
from foundation.audit.services import record
from foundation.errors import NotFound
from tests.cast import actor, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def three():
    """Fred freezes and frees payout 7; Ines is refused payout 8."""
    fred, ines = actor(staff("fred")), actor(staff("ines"))
    return [
        record("payout.frozen", by=fred, subject=("payouts.payout", "7"), reason="Odd bank", hours=4),
        record("payout.freed", by=fred, subject=("payouts.payout", "7")),
        record("payout.frozen", by=ines, subject=("payouts.payout", "8"), outcome=Outcome.REFUSED),
    ]


def numbers(**query):
    return [line.id for line in search_records(AuditQuery(**query))]


def test_words_are_an_action_an_actor_a_subject_or_a_request(three):
    frozen, freed, refused = three
    assert numbers(words="payout.frozen") == [refused, frozen]
    assert numbers(words="7") == [freed, frozen]
    assert numbers(words=actor(staff("ines")).reference)[0] == refused
    assert set(three) <= set(numbers(words="story-0001"))


def test_part_of_an_action_finds_all_of_them(three):
    frozen, freed, refused = three
    assert numbers(words="payout.f") == [refused, freed, frozen]
    assert numbers(words="froz") == [refused, frozen]
    assert numbers(words="froz", outcome="refused") == [refused]
    assert numbers(words="pa") == [], "two letters say too little"
    assert count_records(AuditQuery(words="payout."), most=10) == (3, 2)


def test_what_people_did_stands_apart_from_what_programs_did(three):
    by_program = record("payout.frozen", by=system("sweeper"), subject=("payouts.payout", "9"))
    assert numbers(words="payout.frozen")[0] == by_program
    assert numbers(words="payout.frozen", actor_kind="user") == [three[2], three[0]]
    assert numbers(words="payout.frozen", actor_kind="system") == [by_program]


def test_people_found_by_name_are_actors_and_subjects(three):
    fred = str(staff("fred").pk)
    found = search_records(AuditQuery(words="fred", people=[fred]))
    assert {line.actor for line in found if line.subject_type == "payouts.payout"} == {f"user:{fred}"}
    assert any(line.subject_id == fred for line in found)


def test_filters_narrow_and_pages_go_on_where_the_last_ended(three):
    frozen, freed, refused = three
    assert numbers(words="payout.frozen", outcome="refused") == [refused]
    assert numbers(words="7", since=clock.now() + timedelta(hours=1)) == []
    assert [line.id for line in search_records(AuditQuery(words="7"), before=freed)] == [frozen]
    assert len(search_records(AuditQuery(words="7"), limit=1)) == 1


def test_one_record_and_the_history_of_one_thing(three):
    line = get_record(three[0])
    assert (line.action, line.reason, line.facts) == ("payout.frozen", "Odd bank", {"hours": 4})
    assert [line.id for line in records_about("payouts.payout", "7")] == [three[1], three[0]]
    with pytest.raises(NotFound):
        get_record(10**12)
