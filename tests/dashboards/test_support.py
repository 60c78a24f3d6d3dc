import pytest

from tests.cast import member, signed_in, staff

pytestmark = pytest.mark.django_db


def test_support_finds_a_person_from_its_home(client):
    party = member("maya", email="maya@people.example").party
    signed_in(client, staff("susi"))

    assert b'action="/admin/identity/party/"' in client.get("/support/").content
    assert str(party.pk) in client.get("/admin/identity/party/?q=maya@people.example").content.decode()


def test_others_are_not_offered_it(client):
    assert b"Find a person" not in signed_in(client, staff("fred")).get("/ops/").content
