"""Content, accesses and actions over HTTP: batches that repeat safely, and nothing of another platform."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client

from foundation import clock
from foundation.audit.models import AuditRecord
from foundation.http import partitions
from foundation.identity.roles import Role
from products.content.models import Content, ContentAccess, ContentAction
from tests.cast import bearer, member, missing_id
from tests.content.stories import given_access, told_content

pytestmark = pytest.mark.django_db
CLIP = {"external_id": "clip-1", "creator": "maya", "kind": "video", "title": "By the sea",
        "price": {"amount_minor": 1_299, "currency": "USD"}}  # fmt: skip


def post(what, *items, slug="boyfanz", scopes=()):
    client = Client(headers=bearer(slug, *scopes))
    return client.post(f"/api/v1/{what}", {"items": list(items)}, content_type="application/json")


def get(path, slug="boyfanz", **query):
    return Client(headers=bearer(slug)).get(f"/api/v1/{path}", query)


def results(answer):
    assert answer.status_code == 200, answer.content
    return [one["result"] for one in answer.json()["data"]]


def action(external_id="a-1", **changes):
    return {
        "external_id": external_id, "content": "clip-1", "act": "removed", "by_kind": "moderator", "by": "mod-7",
        "at": "2026-11-01T10:00:00Z", "reason": "Not allowed here", **changes,
    }  # fmt: skip


def test_content_is_made_changed_and_left_as_it_is():
    member("maya")
    told = [results(post("content", CLIP)), results(post("content", CLIP)),
            results(post("content", {**CLIP, "title": "At sea"}))]  # fmt: skip

    shown = get("content/clip-1").json()
    assert told == [["created"], ["unchanged"], ["updated"]]
    assert (shown["title"], shown["creator"], shown["price"]) == (
        "At sea", "maya", {"amount_minor": 1_299, "currency": "USD"},
    )  # fmt: skip
    assert AuditRecord.objects.filter(action="content.upserted").count() == 3


def test_lists_are_filtered_and_paged():
    for number in range(3):
        told_content(f"clip-{number}", creator="maya" if number else "nora", is_active=number != 1)
    assert [row["external_id"] for row in get("content", creator="maya").json()["data"]] == ["clip-2", "clip-1"]
    assert [row["external_id"] for row in get("content", is_active="false").json()["data"]] == ["clip-1"]
    first = get("content", limit=2).json()
    assert len(first["data"]) == 2
    assert first["next"]
    assert get("content", creator="nobody").status_code == 404


def test_a_stranger_sees_and_changes_nothing():
    told_content(slug="girlfanz")
    given_access(slug="girlfanz")
    member("maya")
    member("sam", Role.FAN)

    assert get("content").json()["data"] == get("content-accesses").json()["data"] == []
    assert get("content/clip-1").status_code == 404
    assert post("content-actions", action()).status_code == 422
    assert results(post("content", CLIP)) == ["created"]
    assert Content.objects.filter(external_id="clip-1").count() == 2


def test_an_unknown_creator_or_a_name_twice_refuses_the_whole_batch():
    member("maya")
    unknown = post("content", CLIP, {**CLIP, "external_id": "clip-2", "creator": "nobody"})
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "items.1.creator")
    assert post("content", CLIP, CLIP).json()["code"] == "content.twice_in_batch"
    assert not Content.objects.exists()


@pytest.mark.parametrize(
    ("what", "item"),
    [
        ("content", {**CLIP, "price": {"amount_minor": -1, "currency": "USD"}}),
        ("content", {**CLIP, "price": {"amount_minor": 1.5, "currency": "USD"}}),
        ("content", {**CLIP, "kind": "spell"}),
        ("content", {**CLIP, "title": "card 4111 1111 1111 1111"}),
        ("content", {**CLIP, "external_id": "4111111111111111"}),
        ("content", {**CLIP, "platform": "girlfanz"}),
        ("content-accesses", {"external_id": "x", "content": "clip-1", "fan": "sam", "seen_percent": 101}),
        ("content-actions", action(act="exploded")),
        ("content-actions", action(by="4111-1111-1111-1111")),
    ],
)
def test_what_is_no_content_is_refused(what, item):
    told_content()
    assert post(what, item).status_code == 400


def test_scopes_are_asked_for():
    assert post("content", CLIP, scopes=("content:read",)).status_code == 403
    assert post("content-actions", action(), scopes=("ledger:read",)).status_code == 403


def test_what_was_seen_only_grows_and_the_first_device_stays():
    access = given_access(seen_percent=30, device="d1", seen_at=clock.now() - timedelta(days=1))
    item = {"external_id": "access-1", "content": "clip-1", "fan": "sam"}

    grown = post("content-accesses", {**item, "seen_percent": 80, "device": "d2"})
    back = post("content-accesses", {**item, "seen_percent": 10})

    kept = ContentAccess.objects.get()
    assert (results(grown), results(back)) == (["updated"], ["unchanged"])
    assert (kept.seen_percent, kept.device, kept.first_seen_at) == (80, "d1", access.first_seen_at)


def test_access_ends_and_does_not_come_back():
    given_access()
    item = {"external_id": "access-1", "content": "clip-1", "fan": "sam"}
    assert results(post("content-accesses", {**item, "is_active": False})) == ["updated"]
    assert results(post("content-accesses", item)) == ["unchanged"]
    shown = get("content-accesses", fan="sam").json()["data"][0]
    assert (shown["ended_because"], shown["fan"], shown["content"]) == ("platform", "sam", "clip-1")


def test_an_access_stays_with_its_fan_and_content():
    given_access()
    told_content("clip-2")
    member("otto", Role.FAN)
    for changes in ({"fan": "otto"}, {"content": "clip-2"}, {"external_id": "y", "payment_id": str(missing_id())}):
        item = {"external_id": "access-1", "content": "clip-1", "fan": "sam", **changes}
        assert post("content-accesses", item).json()["code"] == "content.does_not_fit"


def test_actions_are_written_once_however_often_they_are_told():
    told_content()
    batch = [action(f"a-{number}", act="viewed", by_kind="fan", by="sam") for number in range(500)]

    told = post("content-actions", *batch)
    assert results(told) == ["created"] * 500
    assert set(told.json()["data"][0]) == {"external_id", "result"}
    assert results(post("content-actions", *batch[250:], action("new"))) == ["unchanged"] * 250 + ["created"]
    assert ContentAction.objects.count() == 501
    assert post("content-actions", *batch, action("more")).status_code == 400


def test_another_action_under_a_known_name_is_refused():
    told_content()
    post("content-actions", action())
    answer = post("content-actions", action("a-0"), action(at="2026-10-01T10:00:00Z"))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "items.1.external_id")
    assert ContentAction.objects.count() == 1


def test_an_action_names_who_what_and_when_and_lies_in_the_past():
    told_content()
    post("content-actions", action())
    later = (clock.now() + timedelta(hours=1)).isoformat()

    for at in (later, "1970-01-01T00:00:00Z", "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59Z"):
        refused = post("content-actions", action("a-1"), action("a-2", at=at))
        assert refused.status_code == 422
        assert "from 2000-01-01 until" in refused.json()["errors"][0]["detail"]
    (shown,) = get("content-actions", content="clip-1", act="removed").json()["data"]
    assert (shown["by"], shown["act"], shown["at"], shown["reason"]) == (
        "mod-7", "removed", "2026-11-01T10:00:00Z", "Not allowed here",
    )  # fmt: skip


def test_what_is_told_late_is_kept_beside_the_months_and_only_a_lost_month_is_complained_of():
    told_content()
    assert results(post("content-actions", action("old", at="2003-05-01T10:00:00Z"))) == ["created"]
    assert [row["at"] for row in get("content-actions", content="clip-1").json()["data"]] == ["2003-05-01T10:00:00Z"]
    assert partitions.strays() == []

    kept = ContentAction.objects.get()
    kept.pk, kept.at = None, clock.now() + timedelta(days=3_000)
    kept.save(force_insert=True)
    assert partitions.strays() == ["content_action"]


@pytest.mark.parametrize("times", [{"seen_at": "2999-01-01T00:00:00Z"}, {"until": "9999-12-31T23:59:59Z"}])
def test_an_access_is_believed_only_times_that_can_be(times):
    given_access()
    item = {"external_id": "access-1", "content": "clip-1", "fan": "sam", **times}
    assert post("content-accesses", item).json()["errors"][0]["field"] == f"items.0.{next(iter(times))}"


@pytest.mark.django_db(transaction=True)
def test_the_same_batch_from_many_hands_is_written_once():
    told_content()
    start = Barrier(12)

    def run(number):
        items = [action(f"a-{n}", act="viewed", by_kind="fan", by="sam") for n in range(100)]
        try:
            start.wait()
            return post("content-actions", *(reversed(items) if number % 2 else items)).status_code
        finally:
            connection.close()

    bearer()
    with ThreadPoolExecutor(12) as threads:
        assert list(threads.map(run, range(12))) == [200] * 12
    assert ContentAction.objects.count() == 100
