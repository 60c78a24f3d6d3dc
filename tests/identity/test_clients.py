"""A program of a platform proves its secret and gets a token; everybody else gets the same answer."""

import base64
import hashlib
import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client

from foundation import clock
from foundation.audit.models import AuditRecord
from foundation.errors import Conflict, Invalid, NotFound
from foundation.events.models import Outbox
from foundation.http import rates
from foundation.identity.models import ApiClient, Platform
from foundation.identity.services import create_client, revoke_client, rotate_secret
from tests.cast import HOUSE, missing_id, program, signed_in, staff

pytestmark = pytest.mark.django_db
URL = "/api/v1/oauth/token"


@pytest.fixture
def door():
    rates._client().flushdb()
    return Client(raise_request_exception=False)


def ask(door, made, *, as_form=False, **more):
    body = {"grant_type": "client_credentials", "client_id": str(made.client_id), "client_secret": made.secret, **more}
    if as_form:
        text = "&".join(f"{name}={value}" for name, value in body.items())
        return door.post(URL, text, content_type="application/x-www-form-urlencoded")
    return door.post(URL, body, content_type="application/json")


def basic(name, secret):
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()}


@pytest.mark.parametrize("as_form", [True, False])
def test_a_secret_buys_a_token_that_opens_the_api(door, as_form):
    answer = ask(door, program("boyfanz", "fans:read", "creators:read"), as_form=as_form)
    assert answer.status_code == 200
    assert answer.json().keys() == {"access_token", "token_type", "expires_in", "scope"}
    assert (answer.json()["scope"], answer.json()["expires_in"]) == ("creators:read fans:read", 300)
    assert "no-store" in answer.headers["Cache-Control"]
    me = door.get("/api/v1/me", headers={"Authorization": f"Bearer {answer.json()['access_token']}"}).json()
    assert (me["kind"], me["name"], me["platform"]["slug"], me["scopes"]) == (
        "client", "billing", "boyfanz", ["creators:read", "fans:read"],
    )  # fmt: skip


def test_http_basic_is_taken_and_not_twice(door):
    made = program()
    body, headers = {"grant_type": "client_credentials"}, basic(made.client_id, made.secret)
    assert door.post(URL, body, content_type="application/json", headers=headers).status_code == 200
    twice = body | {"client_secret": made.secret}
    answer = door.post(URL, twice, content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_fewer_scopes_may_be_asked_and_not_more(door):
    made = program("boyfanz", "fans:read", "creators:read")
    assert ask(door, made, scope="fans:read").json()["scope"] == "fans:read"
    for scope in ("fans:write", "fans:read fans:write"):
        answer = ask(door, made, scope=scope)
        assert (answer.status_code, answer.json()["error"], answer.json()["code"]) == (
            400, "invalid_scope", "auth.invalid_scope",
        )  # fmt: skip


@pytest.mark.parametrize("grant", ["password", "refresh_token", "authorization_code", "", None, 1])
def test_there_is_one_grant(door, grant):
    answer = ask(door, program(), grant_type=grant)
    assert (answer.status_code, answer.json()["error"]) == (400, answer.json()["error"])
    assert answer.json()["error"] in ("unsupported_grant_type", "invalid_request")


def test_every_wrong_credential_gets_the_same_answer(door):
    made, revoked, elsewhere = program(), program("girlfanz"), program("pupfanz")
    revoke_client(client_id=revoked.client_id, by=HOUSE, at=clock.now())
    Platform.objects.filter(slug="pupfanz").update(active_until=clock.now())
    right = made.secret
    tries = [
        (made.client_id, "sk_live_wrong"), (made.client_id, right[:-1]), (missing_id(), right), ("not-a-uuid", right),
        (revoked.client_id, revoked.secret), (elsewhere.client_id, elsewhere.secret), (made.client_id, revoked.secret),
    ]  # fmt: skip
    answers = []
    for client_id, secret in tries:
        answer = ask(door, made, client_id=str(client_id), client_secret=secret)
        assert answer.headers["WWW-Authenticate"].startswith("Basic")
        answers.append((answer.status_code, {**answer.json(), "request_id": ""}))
    assert answers[0][0] == 401
    assert answers[0][1]["error"] == "invalid_client"
    assert all(answer == answers[0] for answer in answers)


@pytest.mark.parametrize(
    "header", ["Basic", "Basic !!!", "Basic " + base64.b64encode(b"\xff\xff").decode(), "Bearer x"]
)
def test_a_broken_header_is_no_credential(door, header):
    body = {"grant_type": "client_credentials"}
    assert door.post(URL, body, content_type="application/json", headers={"Authorization": header}).status_code == 401


@pytest.mark.parametrize(
    "form", ["a=1", "grant_type=x&grant_type=y", "grant_type=%ff", "=&=", "grant_type=a%00b", "&" * 50]
)
def test_a_form_is_read_as_strictly_as_json(door, form):
    assert door.post(URL, form, content_type="application/x-www-form-urlencoded").status_code == 400


def test_guessing_is_slowed_down(door):
    made = program()
    answers = [ask(door, made, client_secret=f"guess{n}").status_code for n in range(125)]
    assert answers[:120] == [401] * 120
    assert set(answers[120:]) == {429}


def test_only_a_hash_of_the_secret_is_kept(caplog):
    made = program()
    kept = ApiClient.objects.get(pk=made.client_id)
    assert bytes(kept.secret_hash) == hashlib.sha256(made.secret.encode()).digest()
    written = [str(row) for row in (*AuditRecord.objects.values(), *Outbox.objects.values())]
    assert not [row for row in written if made.secret in row]
    assert len(made.secret) >= len("sk_live_") + 43


def test_sandbox_secrets_look_different():
    Platform.objects.filter(slug="fanztube").update(is_sandbox=True)
    assert program("fanztube").secret.startswith("sk_test_")
    assert program("boyfanz").secret.startswith("sk_live_")


def test_a_rotated_secret_replaces_the_old_one(door):
    made = program()
    fresh = rotate_secret(client_id=made.client_id, by=HOUSE, at=clock.now())
    assert ask(door, made).status_code == 401
    assert ask(door, fresh).status_code == 200


def test_use_is_noted_once_a_minute(door):
    made = program()
    ask(door, made)
    first = ApiClient.objects.get(pk=made.client_id).last_used_at
    ask(door, made)
    assert ApiClient.objects.get(pk=made.client_id).last_used_at == first
    clock.move_clock(ahead=timedelta(minutes=2))
    ask(door, made)
    assert ApiClient.objects.get(pk=made.client_id).last_used_at > first


def test_changes_are_audited_and_told():
    made = program()
    rotate_secret(client_id=made.client_id, by=HOUSE, at=clock.now())
    revoke_client(client_id=made.client_id, by=HOUSE, at=clock.now())
    told = [row.payload["change"] for row in Outbox.objects.filter(type="account.api_client_changed").order_by("id")]
    assert told == ["created", "rotated", "revoked"]
    actions = AuditRecord.objects.filter(subject_id=str(made.client_id)).order_by("id")
    assert [row.action for row in actions] == [f"api_client.{what}" for what in told]


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"platform": "nowhere"}, NotFound), ({"scopes": ["everything"]}, Invalid), ({"scopes": []}, Invalid),
        ({"name": " "}, Invalid), ({"name": "x" * 81}, Invalid), ({"name": "billing"}, Conflict),
    ],
)  # fmt: skip
def test_a_client_that_makes_no_sense_is_refused(change, refusal):
    program()
    wanted = {"platform": "boyfanz", "name": "new", "scopes": ["fans:read"]} | change
    with pytest.raises(refusal):
        create_client(**wanted, by=HOUSE, at=clock.now())
    assert ApiClient.objects.count() == 1


def test_revoking_twice_is_a_conflict():
    made = program()
    revoke_client(client_id=made.client_id, by=HOUSE, at=clock.now())
    with pytest.raises(Conflict):
        revoke_client(client_id=made.client_id, by=HOUSE, at=clock.now())
    with pytest.raises(Conflict):
        rotate_secret(client_id=made.client_id, by=HOUSE, at=clock.now())


def test_me_of_a_person_names_their_roles(door):
    me = signed_in(door, staff("fred")).get("/api/v1/me").json()
    assert (me["kind"], me["name"], me["platform"], me["roles"]) == ("user", "Fred", None, ["finance"])


def test_a_dry_run_shows_no_secret_that_would_never_work(capsys):
    call_command("api_client_create", "--platform=boyfanz", "--name=trial", "--scope=fans:read", "--json", "--dry-run")
    made = json.loads(capsys.readouterr().out)
    assert made["dry_run"]
    assert not {"client_id", "client_secret"} & made.keys()
    assert not ApiClient.objects.filter(name="trial").exists()
