"""Payouts and freezes over the API: what a creator, staff and a platform's program read, and nobody else."""

import json
from itertools import count

import pytest
from django.test import Client

from foundation import clock
from foundation.http import rates
from foundation.identity.roles import Role
from payouts.freezes.services import release_freeze
from payouts.life.models import Payout
from tests.cast import HOUSE, STAFF, bearer, member, portal_user, signed_in, staff, user_called
from tests.payouts.freezes.stories import frozen, frozen_part, maya, waiting
from tests.payouts.scene import creator, method_of, on, rich

API = "/api/v1/payouts"
_keys = count(1)


@pytest.fixture(autouse=True)
def fresh_counters(db):
    rates._client().flushdb()


def door(name="maya"):
    return signed_in(Client(), portal_user(member(name)))


def desk_of(role=Role.FINANCE):
    return signed_in(Client(), staff(next(name for name, held in STAFF.items() if held == role)))


def post(client, url, body=None, key=""):
    headers = {"Idempotency-Key": key or f"key-{next(_keys)}"}
    return client.post(url, json.dumps(body or {}), "application/json", headers=headers)


def dollars(minor):
    return {"amount": {"amount_minor": minor, "currency": "USD"}}


def test_a_creator_asks_reads_and_gives_up(desk):
    creator_id = maya(500_00)
    made = post(door(), API, dollars(100_00), key="once")
    assert made.status_code == 201, made.content
    one = made.json()
    assert (one["status"], one["receives"]) == ("NORMAL", {"amount_minor": 99_00, "currency": "USD"})
    again = post(door(), API, dollars(100_00), key="once")
    assert again.json() == one
    assert again.headers["Idempotency-Replayed"] == "true"
    assert on("available", creator_id) == 400_00
    (listed,) = door().get(API).json()["data"]
    assert listed["id"] == one["id"]
    whole = door().get(f"{API}/{one['id']}").json()
    assert [moment["title"] for moment in whole["timeline"]] == ["Its wait began", "Asked for"]
    gone = post(door(), f"{API}/{one['id']}/cancel").json()
    assert (gone["word"], gone["is_running"]) == ("Given up", False)
    assert on("available", creator_id) == 500_00
    assert door().get(f"{API}?running=true").json()["data"] == []
    assert len(door().get(f"{API}?running=false").json()["data"]) == 1


def test_what_moves_money_needs_a_key_and_a_sound_body(desk):
    maya(500_00)
    assert door().post(API, json.dumps(dollars(100_00)), "application/json").status_code == 400
    post(door(), API, dollars(100_00), key="one")
    assert post(door(), API, dollars(200_00), key="one").status_code == 422
    for wrong in ({}, {"amount": 100}, {**dollars(100_00), "state": "PAID"}, dollars(0), dollars(-5)):
        assert post(door(), API, wrong).status_code == 400, wrong
    assert post(door(), API, dollars(1_00)).json()["code"] == "payouts.too_little"
    assert post(door(), API, dollars(10_000_00)).status_code == 409
    assert Payout.objects.count() == 1


def test_another_way_and_what_it_would_be(desk):
    creator_id = maya(500_00)
    payout = waiting(100_00, creator_id)
    other = method_of(creator_id, email="other@paxum.example")
    preview = post(door(), f"{API}/preview", dollars(50_00)).json()
    assert (preview["receives"]["amount_minor"], preview["waits_hours"]) == (49_00, 12)
    done = post(door(), f"{API}/{payout.pk}/method", {"method_id": str(other.pk)}).json()
    assert done["method_id"] == str(other.pk)
    assert done["status"] == "DELAYED"
    assert done["reason"] == "You changed where you are paid to, so we wait before money leaves."


def test_the_status_is_everything_at_a_glance(desk):
    creator_id = maya(500_00)
    assert door().get(f"{API}/status").json()["headline"] == "No payout is on its way."
    frozen(waiting(100_00, creator_id))
    waiting(100_00, creator_id)
    status = door().get(f"{API}/status").json()
    assert status["status"] == "FROZEN"
    assert sorted(one["status"] for one in status["payouts"]) == ["FROZEN", "NORMAL"]
    assert status["escrow"] == {"current_days": "0.5", "least_days": "0.5", "most_days": "7"}
    assert status["messages"][0]["title"] == "A payout is on hold"
    assert status["tier"] == "GOLD"


def test_a_creator_reads_their_freezes_in_words_and_staff_reads_codes(desk):
    creator_id = maya(500_00)
    freeze = frozen_part(creator_id, 50_00, code="CHARGEBACK_SPIKE", facts={"disputes": 5}, notes="look closely")
    (theirs,) = door().get("/api/v1/freezes").json()["data"]
    assert (theirs["reason"], theirs["status"]) == ("5 card disputes arrived in 7 days.", "DELAYED")
    (seen,) = desk_of().get(f"/api/v1/freezes?creator_id={creator_id}").json()["data"]
    assert (seen["id"], seen["code"], seen["notes"]) == (str(freeze.pk), "CHARGEBACK_SPIKE", "look closely")
    assert door().get("/api/v1/freezes?live=false").json()["data"] == []


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.EXECUTIVE])
def test_what_checks_found_and_staff_wrote_is_for_those_whose_work_it_is(desk, role):
    freeze = frozen_part(maya(500_00), 50_00, notes="look closely", rule="spike 2")
    release_freeze(freeze_id=freeze.pk, reason="The seller called.", was_wrong=False, by=HOUSE, at=clock.now())
    inside = ("severity", "notes", "rule", "source", "release_reason")
    (seen,) = desk_of(role).get("/api/v1/freezes").json()["data"]
    (whole,) = desk_of(Role.AUDITOR).get("/api/v1/freezes").json()["data"]
    assert all(whole[name] for name in inside)
    assert whole["was_wrong"] is False
    assert seen == {**whole, **dict.fromkeys(inside, ""), "was_wrong": None}


def test_staff_reads_every_payout_with_its_state(desk):
    payout = waiting(100_00, maya(500_00))
    waiting(100_00, rich(name="other"))
    assert len(desk_of().get(API).json()["data"]) == 2
    (one,) = desk_of(Role.COMPLIANCE).get(f"{API}?creator_id={payout.creator_id}").json()["data"]
    assert one == desk_of().get(f"{API}/{payout.pk}").json()
    assert (one["state"], one["reason_code"]) == ("IN_ESCROW", "ESCROW_STANDARD")
    assert post(desk_of(), API, dollars(100_00)).status_code == 403
    assert desk_of().get(f"{API}/status").status_code == 403


def test_a_creator_sees_their_own_alone(desk):
    payout = waiting(100_00, maya(500_00))
    creator("stranger")
    stranger = door("stranger")
    assert stranger.get(API).json()["data"] == []
    assert stranger.get(f"{API}?creator_id={payout.creator_id}").json()["data"] == []
    assert stranger.get(f"/api/v1/freezes?creator_id={payout.creator_id}").json()["data"] == []
    assert stranger.get(f"{API}/{payout.pk}").status_code == 404
    assert post(stranger, f"{API}/{payout.pk}/cancel").status_code == 404
    assert stranger.get(f"{API}/status").json()["payouts"] == []


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.APPEALS_REVIEWER])
def test_a_creator_whose_work_is_not_payouts_reads_their_own_in_words(desk, role):
    waiting(100_00, rich(name="other"))
    own = waiting(100_00, maya(500_00))
    portal_user(member("maya"))
    both = signed_in(Client(), user_called("portal-maya", role))
    (one,) = both.get(API).json()["data"]
    assert (one["id"], "state" in one) == (str(own.pk), False)
    assert "payout" in both.get(f"{API}/{own.pk}").json()
    frozen_part(rich(name="third"), 50_00)
    assert both.get("/api/v1/freezes").json()["data"] == []


def test_a_platforms_program_reads_how_payouts_of_its_creators_go(desk):
    payout = waiting(100_00, maya(500_00))
    ours, theirs = Client(headers=bearer()), Client(headers=bearer("girlfanz"))
    (one,) = ours.get("/api/v1/creators/maya/payouts").json()["data"]
    assert one["id"] == str(payout.pk)
    assert "state" not in one
    assert ours.get("/api/v1/creators/maya/payout-status").json()["status"] == "NORMAL"
    assert theirs.get("/api/v1/creators/maya/payouts").status_code == 404
    assert theirs.get("/api/v1/creators/maya/payout-status").status_code == 404
    assert Client(headers=bearer("boyfanz", "payments:read")).get("/api/v1/creators/maya/payouts").status_code == 403
    assert ours.get(API).status_code == 403


def test_pages_of_payouts_follow_each_other(desk, django_assert_max_num_queries):
    creator_id = maya(5_000_00)
    asked = [str(waiting(100_00, creator_id).pk) for _ in range(5)]
    visitor = door()
    visitor.get(API)
    with django_assert_max_num_queries(10):
        first = visitor.get(f"{API}?limit=3").json()
    second = visitor.get(first["next"].removeprefix("http://testserver")).json()
    assert [one["id"] for one in first["data"] + second["data"]] == asked[::-1]
