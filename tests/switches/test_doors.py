import pytest
from django.test import Client

from foundation import clock
from foundation.http import rates
from foundation.identity.models import Membership
from foundation.restrictions.selectors import nearby as restrictions_nearby
from foundation.restrictions.services import place_restriction
from foundation.restrictions.types import Kind
from foundation.switches.selectors import nearby
from foundation.switches.services import stop_switch
from tests.cast import HOUSE, actor, bearer, member, portal_user, signed_in, staff

pytestmark = pytest.mark.django_db


def test_a_stopped_door_answers_503_to_writes_and_goes_on_answering_reads():
    rates._client().flushdb()
    boyfanz = Client(headers=bearer("boyfanz", "creators:read", "creators:write"))
    stop_switch(key="people.upsert", reason="Drill", by=actor(staff("eva")), at=clock.now())
    nearby.forget()

    refused = boyfanz.post("/api/v1/creators", {"members": [{"external_id": "c-1"}]}, content_type="application/json")

    assert (refused.status_code, refused.json()["code"], refused.json()["retryable"]) == (503, "switches.stopped", True)
    assert boyfanz.get("/api/v1/creators").status_code == 200
    assert not Membership.objects.exists()


def test_whoever_is_suspended_is_shut_out_of_a_session_that_slipped_through():
    """A sign-in that raced the suspension left a live session; within two seconds it opens nothing."""
    maya = member("c-1")
    user = portal_user(maya)
    place_restriction(
        party_id=maya.party_id, kind=Kind.SUSPENDED, platform_id=maya.platform_id, source="fraud:case:1",
        reason="Stolen cards", legal_basis="Terms 7.2", by=HOUSE, at=clock.now(),
    )  # fmt: skip
    browser = signed_in(Client(), user)
    restrictions_nearby.forget()

    refused = browser.get("/starz/")

    assert refused.status_code == 403
    assert b"suspended" in refused.content
