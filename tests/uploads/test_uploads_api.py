"""Documents by API: a creator sends and takes their own, a program what its platform sent, nobody else any."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client

from foundation import clock
from foundation.audit.models import AuditRecord
from foundation.identity.models import ApiClient
from foundation.uploads import services
from foundation.uploads.models import Upload
from payouts.life.services import cancel_payout
from tests.cast import HOUSE, bearer, member, missing_id, portal_user, signed_in
from tests.compliance.stories import opened as escalated
from tests.payouts.elsewhere import asked_elsewhere
from tests.uploads.papers import pdf, photo

pytestmark = pytest.mark.django_db
JPEG = "image/jpeg"


@pytest.fixture(autouse=True)
def state_dir(settings, tmp_path):
    settings.STATE_DIR, settings.CLAMD_URL = tmp_path, ""


@pytest.fixture
def payout():
    return asked_elsewhere("maya")


def send(client, payout_id, raw=None, *, about="payout", kind=JPEG, **headers):
    return client.post(
        f"/api/v1/uploads?about={about}&id={payout_id}", photo() if raw is None else raw, content_type=kind,
        headers=headers,
    )  # fmt: skip


def code(response):
    return response.status_code, response.json()["code"]


def test_a_creator_and_a_program_send_and_each_takes_back_what_is_theirs(payout):
    maya = signed_in(Client(), portal_user(member("maya")))
    zoe = signed_in(Client(), portal_user(member("zoe")))
    ours, theirs = Client(headers=bearer("boyfanz")), Client(headers=bearer("girlfanz"))
    own = send(maya, payout.pk)
    told = send(ours, payout.pk, pdf(), kind="application/octet-stream")
    assert (own.status_code, told.status_code) == (201, 201), (own.content, told.content)
    assert own.json().keys() == {"id", "kind", "size", "state", "sent_at", "filename"}
    assert (own.json()["kind"], told.json()["kind"]) == (JPEG, "application/pdf")
    assert send(maya, payout.pk).json()["id"] == own.json()["id"]

    for client, sent, status in (
        (maya, own, 200), (maya, told, 200), (ours, told, 200), (ours, own, 404), (theirs, told, 404), (zoe, own, 404),
    ):  # fmt: skip
        where = f"/api/v1/uploads/{sent.json()['id']}"
        assert client.get(where).status_code == status
        content = client.get(f"{where}/content")
        assert content.status_code == status
        if status == 200:
            assert content.headers["Content-Disposition"].startswith('attachment; filename="document-')
            assert content.headers["X-Content-Type-Options"] == "nosniff"
            assert b"SECRETCAMERA" not in content.content
    assert AuditRecord.objects.filter(action="upload.opened").count() == 3
    assert told.headers["Location"] == f"/api/v1/uploads/{told.json()['id']}"
    program = ApiClient.objects.get(platform__slug="boyfanz")
    assert Upload.objects.get(pk=told.json()["id"]).sent_by == f"client:{program.pk}"
    assert {client.get(f"/api/v1/uploads/{missing_id()}").status_code for client in (maya, ours)} == {404}


def test_nothing_is_taken_about_what_is_not_theirs(payout):
    zoe = signed_in(Client(), portal_user(member("zoe")))
    theirs = Client(headers=bearer("girlfanz"))
    ours = Client(headers=bearer("boyfanz"))
    assert {code(send(one, payout.pk)) for one in (zoe, theirs)} == {(404, "not_found")}
    assert code(send(ours, missing_id()))[0] == 404
    assert code(send(ours, escalated(payout.creator_id).id, about="escalation")) == (400, "request.invalid")
    assert code(send(Client(headers=bearer("boyfanz", "payouts:read")), payout.pk)) == (403, "auth.scope_missing")
    assert code(send(ours, payout.pk, b"{}", kind="application/json"))[0] == 415
    assert code(send(ours, payout.pk, b"", kind=JPEG)) == (400, "uploads.not_taken")
    assert code(send(ours, payout.pk, b"GIF89a")) == (400, "uploads.not_taken")
    assert code(send(ours, payout.pk, b"x" * (services.MOST_BYTES + 1))) == (400, "uploads.too_large")
    cancel_payout(payout_id=payout.pk, by=HOUSE, reason="over", at=clock.now())
    assert code(send(ours, payout.pk)) == (409, "uploads.closed")
    assert not Upload.objects.exists()


def test_too_many_at_once_are_told_to_come_again(payout, monkeypatch):
    ours = Client(headers=bearer("boyfanz"))
    elsewhere = connection.copy()
    try:
        with elsewhere.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"uploads:{payout.creator_id}"])
            assert code(send(ours, payout.pk)) == (429, "uploads.one_at_a_time")
    finally:
        elsewhere.close()
    monkeypatch.setattr(services, "MOST_FOR_ONE_THING", 0)
    assert code(send(ours, payout.pk)) == (409, "uploads.enough")
