"""Endpoints by API: a platform makes, changes and tries its own, and sees nothing of others."""

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from standardwebhooks import Webhook

from foundation.audit.models import AuditRecord
from foundation.hooks.models import Endpoint
from foundation.hooks.signing import headers_for
from foundation.hooks.topics import TOPICS
from tests.cast import bearer
from tests.hooks.receiver import receiving
from tests.hooks.stories import authorised, payment, send_all

pytestmark = pytest.mark.django_db
URL = "https://platform.example/hook"


def call(method, path, data=None, slug="boyfanz", *scopes):
    client = Client(headers=bearer(slug, *scopes))
    sent = "" if data is None else json.dumps(data)
    return client.generic(method, f"/api/v1/webhooks/{path}", sent, "application/json")


def made(url=URL, topics=("txn.capture",), slug="boyfanz"):
    answer = call("POST", "endpoints", {"url": url, "topics": list(topics)}, slug)
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_the_signature_is_the_one_of_the_standard():
    secret, body = (
        "whsec_MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA=",
        (b'{"type":"payout.sent","timestamp":"2023-11-14T22:13:20Z","data":{"id":"po_1"}}'),
    )
    headers = headers_for("msg_1", body, at=1_700_000_000, keys=[b"0" * 32])
    assert headers["webhook-signature"] == "v1,IRnvUfnGk1I2WBumOGyGqD+GnzlRS1e5JdqaNfGbwPg="
    at = datetime.fromtimestamp(1_700_000_000, UTC)
    assert Webhook(secret).sign("msg_1", at, body.decode()) == headers["webhook-signature"]


def test_an_endpoint_is_made_read_changed_and_removed_and_its_secret_is_told_once():
    one = made()
    assert one["secret"].startswith("whsec_")
    path = f"endpoints/{one['id']}"
    assert "secret" not in call("GET", path).json()
    assert one["secret"] not in str(list(AuditRecord.objects.values_list("facts", flat=True)))
    stored = Endpoint.objects.get()
    assert one["secret"].removeprefix("whsec_").encode() not in bytes(stored.secret)

    changed = call("PATCH", path, {"topics": ["txn.refund", "payout.paid"], "name": "Books"}).json()
    assert (changed["topics"], changed["name"], changed["url"]) == (["payout.paid", "txn.refund"], "Books", URL)
    again = call("POST", f"{path}/secret").json()
    assert again["secret"] != one["secret"]
    assert again["old_secret_until"]
    assert call("POST", f"{path}/off").json()["state"] == "OFF"
    assert call("POST", f"{path}/test").json()["code"] == "hooks.not_on"
    assert call("POST", f"{path}/on").json()["state"] == "ON"
    assert call("DELETE", path).status_code == 204
    assert call("GET", path).status_code == 404
    assert call("GET", "endpoints").json()["data"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"url": "http://platform.example/hook", "topics": ["txn.capture"]},
        {"url": "https://platform.example:25/", "topics": ["txn.capture"]},
        {"url": URL, "topics": ["compliance.escalation.opened"]},
        {"url": URL, "topics": ["txn.capture", "freeze.placed"]},
    ],
)
def test_unsafe_addresses_and_topics_of_insiders_are_refused(body):
    assert call("POST", "endpoints", body).status_code == 422
    assert not Endpoint.objects.exists()


def test_an_eleventh_endpoint_is_refused_and_a_removed_one_makes_room():
    first = made()
    for _ in range(9):
        made()
    refused = call("POST", "endpoints", {"url": URL, "topics": ["txn.capture"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "hooks.too_many")
    call("DELETE", f"endpoints/{first['id']}")
    made()


def test_another_platforms_endpoints_and_deliveries_are_not_there():
    with receiving() as receiver:
        theirs = made(receiver.url, ["txn.auth"], "girlfanz")
        authorised(payment("girlfanz"))
        send_all()
    (delivery,) = call("GET", "deliveries", slug="girlfanz").json()["data"]
    shown = call("GET", f"deliveries/{delivery['id']}", slug="girlfanz").json()
    assert (shown["state"], shown["attempts"][0]["status"]) == ("DELIVERED", 200)

    assert call("GET", "deliveries").json()["data"] == []
    for method, path in (
        ("GET", f"endpoints/{theirs['id']}"), ("PATCH", f"endpoints/{theirs['id']}"),
        ("DELETE", f"endpoints/{theirs['id']}"), ("POST", f"endpoints/{theirs['id']}/secret"),
        ("GET", f"deliveries/{delivery['id']}"), ("POST", f"deliveries/{delivery['id']}/replay"),
        ("GET", f"endpoints/{uuid4()}"),
    ):  # fmt: skip
        assert call(method, path, {} if method == "PATCH" else None).status_code == 404, path


def test_the_database_keeps_a_platforms_rows_behind_the_wall():
    made(slug="girlfanz")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('role', 'fanz_tenant', true), "
            "set_config('app.platform', (SELECT id::text FROM platform WHERE slug = 'boyfanz'), true)"
        )
        cursor.execute("SELECT count(*) FROM hook_endpoint")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT set_config('role', 'none', true)")


def test_reading_needs_the_reading_scope_and_writing_the_writing_one():
    assert call("GET", "endpoints", None, "boyfanz", "payments:read").status_code == 403
    assert (
        call("POST", "endpoints", {"url": URL, "topics": ["txn.capture"]}, "boyfanz", "webhooks:read").status_code
        == 403
    )


def test_the_catalogue_tells_no_insiders_facts():
    told = call("GET", "topics").json()["data"]
    assert {one["type"] for one in told} == set(TOPICS)
    hidden = {"code", "is_counted", "provider", "origin", "reason", "warning", "creator_id", "fan_id", "instruction_id"}
    for one in told:
        assert not hidden & set(one["example"]), one["type"]
        assert not one["type"].startswith(("freeze.", "compliance.", "integrity.", "user.", "trust."))


def test_a_replay_by_api_sends_again_what_failed():
    with receiving(answers=lambda told: 500) as receiver:
        one = made(receiver.url, ["txn.auth"])
        authorised(payment())
        send_all()
        receiver.answers = lambda told: 200
        answer = call("POST", f"endpoints/{one['id']}/replay", {"since": "2020-01-01T00:00:00Z"})
        assert (answer.status_code, answer.json()) == (202, {"deliveries": 1})
        send_all()
    assert len(receiver.calls) == 2
    assert call("GET", "deliveries?state=DELIVERED").json()["data"][0]["tries"] == 1
