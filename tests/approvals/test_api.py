"""Requests over the API: for staff by their session, for programs by their scopes, never around the rules."""

import pytest
from django.test import Client

from foundation.approvals.models import Approval
from foundation.approvals.states import State
from foundation.http import rates
from foundation.identity.models import Party, RoleGrant
from tests.approvals.stories import agree, ask_for_role
from tests.cast import bearer, member, missing_id, platform, portal_user, signed_in, staff, user_called

pytestmark = pytest.mark.django_db
URL = "/api/v1/approvals"


@pytest.fixture(autouse=True)
def full_allowance():
    rates._client().flushdb()


@pytest.fixture
def party():
    return Party.objects.create()


@pytest.fixture
def shared(lift):
    """The kind of change that platforms' programs may ask for and decide."""
    lift.withdraw()
    lift.offer(clients=True)
    return lift


def person(name, **named):
    return signed_in(Client(), staff(name), **named)


def program(*scopes, slug="boyfanz"):
    return Client(headers=bearer(slug, *scopes))


def post(client, path, **body):
    return client.post(f"{URL}{path}", body, content_type="application/json")


def decide(client, asked, verdict="approve", **changed):
    body = {"change_hash": asked.change_hash, "reason": "Seen and right", **changed}
    return post(client, f"/{asked.pk}/{verdict}", **body)


def test_staff_ask_read_and_decide():
    nora = user_called("nora")
    change = {"kind": "role.grant", "payload": {"user_id": str(nora.pk), "role": "finance"}, "reason": "She joins"}

    asked = post(person("adam"), "", **change)
    assert asked.status_code == 201
    body = asked.json()
    assert (body["state"], body["effects"]) == ("PENDING", [{"name": "Roles", "before": "", "after": "Finance"}])
    assert body["url"].endswith(f"/ops/approvals/{body['id']}")

    petra = person("petra")
    assert [row["id"] for row in petra.get(f"{URL}?state=PENDING").json()["data"]] == [body["id"]]
    assert petra.get(f"{URL}?state=APPLIED").json()["data"] == []
    done = post(petra, f"/{body['id']}/approve", change_hash=body["change_hash"], reason="Seen")
    assert done.json()["state"] == "APPLIED"
    assert [row["verdict"] for row in done.json()["decisions"]] == ["approve"]
    assert RoleGrant.objects.filter(user=nora, role="finance").exists()


def test_deciding_takes_a_fresh_proof_of_the_person():
    asked = ask_for_role()

    refused = decide(person("petra", stepped_up=False), asked)

    assert (refused.status_code, refused.json()["code"]) == (403, "auth.step_up_required")
    assert Approval.objects.get().state == State.PENDING


@pytest.mark.parametrize(
    ("who", "verdict", "changed", "status", "code"),
    [
        ("adam", "approve", {}, 403, "approvals.own_request"),
        ("adam", "reject", {}, 403, "approvals.own_request"),
        ("eva", "approve", {}, 403, "approvals.role_missing"),
        ("susi", "approve", {}, 404, "approvals.not_found"),
        ("petra", "approve", {"change_hash": "0" * 64}, 409, "approvals.other_change"),
        ("petra", "approve", {"change_hash": "x"}, 400, "request.invalid"),
        ("petra", "approve", {"reason": " "}, 400, "request.invalid"),
        ("petra", "approve", {"also": 1}, 400, "request.invalid"),
        ("petra", "withdraw", {}, 400, "request.invalid"),
    ],
)
def test_what_the_rules_refuse_the_api_refuses(who, verdict, changed, status, code):
    asked = ask_for_role()

    refused = decide(person(who), asked, verdict, **changed)

    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert Approval.objects.get().state == State.PENDING


def test_a_settled_request_says_so():
    asked = ask_for_role()
    agree(asked, staff("petra"))

    refused = decide(person("carl"), asked, "reject")

    assert (refused.status_code, refused.json()["facts"]) == (409, {"state": "APPLIED"})


def test_whoever_asked_takes_it_back():
    asked = ask_for_role()

    assert post(person("carl"), f"/{asked.pk}/withdraw", reason="-").status_code == 403
    assert post(person("adam"), f"/{asked.pk}/withdraw", reason="Not needed").json()["state"] == "WITHDRAWN"


def test_strangers_find_nothing():
    asked = ask_for_role()
    maya = signed_in(Client(), portal_user(member("c-1")))

    assert maya.get(URL).status_code == maya.get(f"{URL}/{asked.pk}").status_code == 403
    assert Client().get(URL).status_code == 401
    susi = person("susi")
    hidden, missing = susi.get(f"{URL}/{asked.pk}"), susi.get(f"{URL}/{missing_id()}")
    assert hidden.status_code == missing.status_code == 404
    assert hidden.json()["code"] == missing.json()["code"]
    assert susi.get(URL).json()["data"] == []


def test_a_program_sees_and_decides_its_platforms_requests_of_shared_kinds(shared, party):
    asked = shared.ask(party.pk)
    hidden = ask_for_role()
    boyfanz = program("approvals:read", "approvals:decide")

    assert [row["id"] for row in boyfanz.get(URL).json()["data"]] == [str(asked.pk)]
    assert boyfanz.get(f"{URL}/{hidden.pk}").status_code == 404
    assert decide(boyfanz, hidden).status_code == 404
    done = decide(boyfanz, asked)
    assert (done.status_code, done.json()["state"]) == (200, "APPLIED")
    assert Party.objects.get(pk=party.pk).version == 2


def test_a_program_of_another_platform_or_without_the_scope_does_not(shared, party):
    asked = shared.ask(party.pk)

    girlfanz = program("approvals:read", "approvals:decide", slug="girlfanz")
    assert girlfanz.get(URL).json()["data"] == []
    assert girlfanz.get(f"{URL}/{asked.pk}").status_code == decide(girlfanz, asked).status_code == 404
    assert decide(program("approvals:read"), asked).status_code == 403
    assert program("creators:read").get(URL).status_code == 403
    assert Approval.objects.get().state == State.PENDING


def test_a_program_asks_only_for_what_is_its_platforms(shared, party):
    change = {"kind": "test.lift", "payload": {"party_id": str(party.pk), "to_minor": 5}, "reason": "A good customer"}

    assert post(program("approvals:ask", "approvals:read", slug="girlfanz"), "", **change).status_code == 403
    asked = post(program("approvals:ask", "approvals:read"), "", **change)
    assert asked.status_code == 201
    assert asked.json()["platform_id"] == str(platform().pk)
    own = Approval.objects.get()
    refused = decide(program("approvals:read", "approvals:decide"), own)
    assert (refused.status_code, refused.json()["code"]) == (403, "approvals.own_request")


def test_a_program_never_touches_roles_or_switches():
    every = program("approvals:read", "approvals:ask", "approvals:decide")
    payload = {"user_id": str(user_called("nora").pk), "role": "admin"}

    refused = post(every, "", kind="role.grant", payload=payload, reason="Please")

    assert (refused.status_code, refused.json()["code"]) == (403, "approvals.may_not_ask")
    assert not Approval.objects.exists()


@pytest.mark.parametrize("payload", [{}, {"user_id": 1}, {"user_id": "a", "role": "x", "more": True}])
def test_a_payload_that_is_not_exact_is_refused(payload):
    refused = post(person("adam"), "", kind="role.grant", payload=payload, reason="-")

    assert (refused.status_code, refused.json()["code"]) == (422, "approvals.bad_payload")
    assert refused.json()["errors"]


def test_a_payload_is_flat():
    payload = {"user_id": {"a": [1]}, "role": "x" * 5000}
    assert post(person("adam"), "", kind="role.grant", payload=payload, reason="-").status_code == 400


@pytest.mark.parametrize("asker", ["support", "program"])
def test_who_may_not_ask_learns_nothing_about_what_there_is(asker):
    """Neither whether an account exists, nor which role somebody holds, nor what is stopped."""
    client = person("susi") if asker == "support" else program("approvals:ask", "approvals:read")
    guesses = [
        ("role.grant", {"user_id": str(missing_id()), "role": "admin"}),
        ("role.grant", {"user_id": str(staff("petra").pk), "role": "approver"}),
        ("role.grant", {"user_id": str(portal_user(member("maya")).pk), "role": "admin"}),
        ("switch.resume", {"key": "no.such.switch", "from_version": 1, "to": "RUNNING"}),
        ("switch.resume", {"key": "login.portals", "from_version": 1, "to": "RUNNING"}),
    ]
    answers = [post(client, "", kind=kind, payload=payload, reason="Curious") for kind, payload in guesses]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(403, "approvals.may_not_ask")}
