"""The API of escalations: four roles read, two write, the same key acts once."""

import pytest
from django.test import Client

from compliance.escalations.models import Escalation, EscalationAction
from foundation.identity.roles import Role
from tests.cast import member, missing_id, signed_in, staff
from tests.compliance.stories import in_review, opened

pytestmark = pytest.mark.django_db
URL = "/api/v1/escalations"


def sent(client, url, body, **headers):
    return client.post(url, body, content_type="application/json", headers=headers)


def test_one_is_opened_taken_and_decided():
    client = signed_in(Client(), staff("carl"))
    body = {
        "creator_id": str(member("maya").party_id), "type": "AML_FLAG", "severity": "HIGH",
        "description": "The bank asked about this creator.",
    }  # fmt: skip
    made = sent(client, URL, body, **{"Idempotency-Key": "once"})
    again = sent(client, URL, body, **{"Idempotency-Key": "once"})
    assert (made.status_code, again.status_code, made.json()) == (201, 201, again.json())
    assert Escalation.objects.count() == 1
    url = f"{URL}/{made.json()['id']}"
    taken = sent(client, f"{url}/actions", {"action": "TAKEN"}).json()
    assert taken["state"] == "IN_REVIEW"
    late = sent(
        client, f"{url}/resolution", {"decision": "CLEARED", "reasoning": "Fine.", "version": taken["version"] - 1}
    )
    done = sent(client, f"{url}/resolution", {"decision": "CLEARED", "reasoning": "Fine.", "version": taken["version"]})
    assert (late.status_code, late.json()["code"]) == (409, "compliance.seen_another_version")
    assert (done.status_code, done.json()["decision"]) == (200, "CLEARED")
    assert [a["action"] for a in client.get(f"{url}/actions").json()["data"]] == ["OPENED", "TAKEN", "RESOLVED"]


@pytest.mark.parametrize("name", ["lena", "fred"])
def test_legal_and_finance_read_and_do_not_write(name):
    line = opened()
    client = signed_in(Client(), staff(name))
    assert client.get(f"{URL}/{line.id}").json()["id"] == str(line.id)
    assert [row["id"] for row in client.get(URL, {"severity": "HIGH"}).json()["data"]] == [str(line.id)]
    assert client.get(URL, {"severity": "LOW"}).json()["data"] == []
    assert sent(client, f"{URL}/{line.id}/actions", {"action": "TAKEN"}).status_code == 403
    assert EscalationAction.objects.count() == 1


def test_others_see_nothing_and_what_is_missing_is_not_found():
    opened()
    assert signed_in(Client(), staff("susi")).get(URL).status_code == 403
    carl = signed_in(Client(), staff("carl"))
    assert carl.get(f"{URL}/{missing_id()}").status_code == 404
    assert sent(carl, f"{URL}/{missing_id()}/actions", {"action": "TAKEN"}).status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [({"action": "NOTED"}, 422), ({"action": "ASSIGNED"}, 422), ({"action": "OPENED"}, 400), ({}, 400),
     ({"action": "NOTED", "notes": "Read it."}, 200), ({"action": "RESUMED"}, 409)],
)  # fmt: skip
def test_acts_that_miss_something_are_refused(body, status):
    line = in_review()
    assert sent(signed_in(Client(), staff("carl")), f"{URL}/{line.id}/actions", body).status_code == status


@pytest.mark.parametrize(
    ("change", "refused"),
    [({}, (422, "compliance.basis_missing")), ({"version": "2"}, (400, "request.invalid")),
     ({"version": 0}, (400, "request.invalid")), ({"decision": "MAYBE"}, (400, "request.invalid"))],
)  # fmt: skip
def test_a_decision_that_misses_something_is_refused(change, refused):
    line = in_review()
    body = {"decision": "CONFIRMED", "reasoning": "Proved.", "version": Escalation.objects.get().version} | change
    answer = sent(signed_in(Client(), staff("carl")), f"{URL}/{line.id}/resolution", body)
    assert (answer.status_code, answer.json()["code"]) == refused
    assert Escalation.objects.get().state == "IN_REVIEW"


def test_the_page_takes_notes_and_decides_once():
    line = in_review()
    office = signed_in(Client(), staff("carl"))
    url = f"/compliance/escalations/{line.id}"
    assert "A payout was stopped" in office.get("/compliance/escalations").content.decode()
    assert office.post(url, {"form": "note", "do": "note", "notes": "Asked."}).status_code == 302
    page = office.get(url)
    assert "Asked." in page.content.decode()
    assert "Decide" in page.content.decode()
    said = {"form": "resolve", "decision": "CONFIRMED", "reasoning": "Proved."}
    version = Escalation.objects.get().version
    assert "names its legal basis" in office.post(url, {**said, "version": version}).content.decode()
    basis = {**said, "legal_basis": "Court order 4", "version": version}
    assert office.post(url, basis).status_code == 302
    assert Escalation.objects.get().decision == "CONFIRMED"
    assert "Proved." in office.get(url).content.decode()
    reader = signed_in(Client(), staff("lena")).get(url).content.decode()
    assert "Proved." in reader
    assert 'name="decision"' not in reader


def test_readers_are_those_the_specification_names():
    from compliance.access import ESCALATION_READERS, ESCALATION_WRITERS

    assert ESCALATION_READERS.roles == {Role.ADMIN, Role.COMPLIANCE, Role.LEGAL, Role.FINANCE}
    assert ESCALATION_WRITERS.roles == {Role.ADMIN, Role.COMPLIANCE}
