import pytest

from tests.cast import member, portal_user, signed_in, staff

pytestmark = pytest.mark.django_db


def test_support_finds_a_person_from_its_home(client):
    maya = portal_user(member("c-17", email="maya@people.example", name="Maya Berg"))
    member("c-18")
    signed_in(client, staff("susi"))

    assert b'action="/admin/identity/party/"' in client.get("/support/").content
    for words in ("maya@people.example", maya.email.upper(), "berg", "@c-17", "c-17", str(maya.party_id)):
        found = client.get("/admin/identity/party/", {"q": words}).context["cl"].queryset
        assert [party.pk for party in found] == [maya.party_id], words


def test_others_are_not_offered_it(client):
    assert b"Find a person" not in signed_in(client, staff("fred")).get("/ops/").content
