from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from foundation import clock
from foundation.audit.models import AuditRecord
from foundation.errors import Invalid
from foundation.events.models import Outbox
from foundation.identity import keys
from foundation.identity.models import Membership, Party, PersonalRecord
from foundation.identity.personal import find_parties, read_personal
from foundation.identity.services import MemberIn, upsert_members
from tests.cast import HOUSE, member, platform

MAYA = MemberIn("c-1", handle="maya", personal={"name": "Maya Lund", "email": "Maya@Example.com", "country": "NO"})


def tell(*members, role="creator", slug="boyfanz"):
    return upsert_members(platform_id=platform(slug).pk, role=role, members=members, by=HOUSE, at=clock.now())


@pytest.mark.django_db
def test_a_batch_told_twice_makes_each_person_once():
    first = tell(MAYA, MemberIn("c-2"))
    again = tell(MAYA, MemberIn("c-2"))

    assert [row.result for row in first] == ["created", "created"]
    assert [row.result for row in again] == ["unchanged", "unchanged"]
    assert [row.id for row in first] == [row.id for row in again]
    assert list(Outbox.objects.values_list("type", flat=True)) == ["account.joined", "account.joined"]


@pytest.mark.django_db
def test_a_change_is_told_once_and_numbered_per_member():
    tell(MAYA)
    (changed,) = tell(MemberIn("c-1", handle="maya_l", personal={"country": "SE"}))

    assert changed.result == "updated"
    assert list(Outbox.objects.values_list("type", "sequence")) == [("account.joined", 1), ("account.changed", 2)]
    party = Membership.objects.get(pk=changed.id).party_id
    assert read_personal([party])[party] == {**MAYA.personal, "country": "SE"}


@pytest.mark.django_db
def test_the_same_id_on_another_platform_or_in_another_role_is_another_person():
    tell(MAYA)
    tell(MAYA, slug="girlfanz")
    tell(MAYA, role="fan")

    assert Party.objects.count() == Membership.objects.count() == 3


@pytest.mark.django_db
def test_an_id_twice_in_one_batch_is_refused_and_nothing_is_stored():
    with pytest.raises(Invalid) as refusal:
        tell(MAYA, MAYA)

    assert refusal.value.code == "identity.twice_in_batch"
    assert not Party.objects.exists()
    assert not Outbox.objects.exists()


@pytest.mark.django_db
def test_no_plain_word_about_a_person_is_in_the_database_outside_their_sealed_record():
    tell(MAYA)

    record = PersonalRecord.objects.get()
    assert b"Maya" not in bytes(record.ciphertext)
    news = Outbox.objects.get().payload
    facts = AuditRecord.objects.filter(action="creators.upserted").get().facts
    assert "Maya" not in f"{news}{facts}"
    assert "xample" not in f"{news}{facts}"


@pytest.mark.django_db
def test_staff_find_a_person_by_whole_words_whatever_their_case_and_marks():
    tell(MAYA)

    assert len(find_parties("maya@example.COM")) == 1
    assert len(find_parties("lund  MAYA")) == 1
    assert len(find_parties("ma\u200bya")) == 1
    assert find_parties("may") == []
    assert find_parties("maya smith") == []
    assert find_parties("") == []


@pytest.mark.django_db
def test_a_destroyed_key_makes_a_person_unreadable_for_ever():
    maya = member("c-1", name="Maya Lund")

    assert keys.destroy_key(maya.party.key_id) is True
    assert keys.destroy_key(maya.party.key_id) is False
    assert read_personal([maya.party_id]) == {}


@pytest.mark.django_db(transaction=True)
def test_one_newcomer_told_by_ten_requests_at_once_is_one_person():
    start = Barrier(10)

    def say(_):
        try:
            start.wait()
            return tell(MAYA)[0].result
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        results = list(pool.map(say, range(10)))

    assert sorted(results) == ["created"] + ["unchanged"] * 9
    assert Party.objects.count() == 1
