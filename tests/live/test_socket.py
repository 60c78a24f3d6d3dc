"""Who comes in, what they hear, and how the socket ends."""

import threading
import time
from collections import defaultdict
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.test import Client

from dashboards.live.channels import OF_PROGRAMS, said_of
from dashboards.live.hub import Hub
from fanzmoney.trials.live_house import PATIENCE, hear, say, token_of
from foundation import clock
from foundation.events.following import Follower, Heard
from foundation.events.models import Outbox
from foundation.hooks.services import create_endpoint, send_test
from foundation.identity.scopes import Scope
from foundation.ids import uuid7
from foundation.notifications.services import mark_all_read, notify, settle
from foundation.requests.writing import Line, note, write_waiting
from payouts.methods.services import add_method
from products.fanzpay.hooks import PAYMENTS, SUBSCRIPTIONS
from tests.approvals.stories import ask_for_role
from tests.cast import HOUSE, actor, bearer, developer, member, portal_user, signed_in, user_called
from tests.live.ending import ended

EXECUTIVE, CREATOR = "money.executive", "money.creator"
NOTIFICATIONS, REQUESTS, WEBHOOKS = "own.notifications", "own.requests", "own.webhooks"
PLATFORM, NOON = UUID(int=7), datetime(2026, 1, 31, 12, tzinfo=UTC)


def test_an_approver_hears_of_a_request_on_the_channel_they_asked_for(house, petra):
    with house.listening(petra, EXECUTIVE) as socket:
        request = ask_for_role()
        house.carry()
        heard = hear(socket)
        assert heard["seq"] > heard["prev"] > 0
        assert heard == {
            "type": "approvalRequired", "channel": EXECUTIVE, "at": heard["at"],
            "seq": heard["seq"], "prev": heard["prev"],
            "data": {"count": 1, "names": ["approval.requested"], "events": [
                {"name": "approval.requested", "kind": "role.grant", "approval_id": str(request.pk),
                 "due_at": request.due_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")},
            ]},
        }  # fmt: skip


def test_each_message_names_the_one_before_and_many_are_told_as_one(house, petra):
    with house.listening(petra, EXECUTIVE) as socket:
        ask_for_role()
        house.carry()
        first = hear(socket)
        for number in range(12):
            ask_for_role(user_called(f"nora{number}"))
        house.carry()
        count, seq = 0, first["seq"]
        while count < 12:
            heard = hear(socket)
            assert heard["prev"] == seq
            count, seq = count + heard["data"]["count"], heard["seq"]
            assert len(heard["data"]["events"]) <= 20
        assert count == 12


def test_who_comes_back_hears_what_they_missed(house, petra):
    with house.listening(petra, EXECUTIVE) as socket:
        ask_for_role()
        house.carry()
        last = hear(socket)["seq"]
    request = ask_for_role(user_called("paul"))
    house.carry()
    with house.listening(petra, EXECUTIVE, after={EXECUTIVE: last}) as socket:
        heard = hear(socket)
        assert heard["prev"] == last
        assert str(request.pk) in {event["approval_id"] for event in heard["data"]["events"]}


def test_who_was_away_too_long_is_told_to_read_afresh(house, petra, monkeypatch):
    monkeypatch.setattr("foundation.events.following.LOOK_BACK", 3)
    for number in range(6):
        ask_for_role(user_called(f"nora{number}"))
    house.carry()
    with house.listening(petra, EXECUTIVE, after={EXECUTIVE: 1}) as socket:
        heard = hear(socket)
        assert (heard["type"], heard["channel"], heard["prev"]) == ("gap", EXECUTIVE, 0)


def test_the_heartbeat_tells_how_far_each_channel_is(house, petra, monkeypatch):
    monkeypatch.setattr("dashboards.live.hub.HEARTBEAT_SECONDS", 0.05)
    with house.listening(petra, EXECUTIVE, "money.crisis") as socket:
        beat = hear(socket)
        assert (beat["type"], sorted(beat["seq"])) == ("heartbeat", ["money.crisis", EXECUTIVE])


def test_a_creator_hears_only_of_their_own_and_in_words_of_theirs(house):
    maya = portal_user(member("maya", "creator"))
    with house.listening(signed_in(Client(), maya), CREATOR) as socket:
        for creator_id in (member("other", "creator").party_id, maya.party_id):
            given = {"rail": "paxum", "currency": "USD", "details": {"email": f"{creator_id}@paxum.example"}}
            add_method(creator_id=creator_id, **given, by=HOUSE, at=clock.now())
        ask_for_role()
        house.carry()
        heard = hear(socket)
        assert (heard["type"], heard["channel"]) == ("payoutComplete", CREATOR)
        mine = Outbox.objects.filter(payload__creator_id=str(maya.party_id)).count()
        assert heard["data"] == {"count": mine, "names": ["method"], "events": [{"name": "method"}] * mine}
        with pytest.raises(TimeoutError):
            socket.recv(0.3)


def test_a_bell_follows_what_its_owner_has_not_read(house, petra, monkeypatch):
    monkeypatch.setattr("dashboards.live.hub.BELL_SECONDS", 0.05)
    maya = portal_user(member("maya", "creator"))
    with (
        house.listening(signed_in(Client(), maya), CREATOR) as hers,
        house.listening(petra, EXECUTIVE) as anothers,
        house.listening(signed_in(Client(), maya), CREATOR) as without_a_bell,
    ):
        for socket, channel in ((hers, CREATOR), (anothers, EXECUTIVE)):
            say(socket, type="subscribe", channels=[channel], unread=0)
            assert hear(socket)["type"] == "subscribed"
        notify(recipients=[maya.pk], notice="approval.requested", dedupe="t", facts=defaultdict(str), at=clock.now())
        assert hear(hers) == {"type": "unread", "count": 1}
        mark_all_read(user_id=maya.pk, upto=uuid7(), at=clock.now())
        assert hear(hers) == {"type": "unread", "count": 0}
        for socket in (hers, anothers, without_a_bell):
            with pytest.raises(TimeoutError):
                socket.recv(0.2)


def test_what_is_not_yours_to_hear_ends_the_socket(house, petra):
    for channel in ("money.creator", "money.creator 0199", "own.requests", "money.everything", ""):
        with house.listening(petra, EXECUTIVE) as socket:
            say(socket, type="subscribe", channels=[channel])
            assert ended(socket) == (4403, f"not yours to hear: {channel}")


def test_a_fan_hears_of_their_own_messages_and_bell_alone(house, monkeypatch):
    monkeypatch.setattr("dashboards.live.hub.BELL_SECONDS", 0.05)
    sam = portal_user(member("sam", "fan"))
    with house.socket() as socket:
        say(socket, type="auth", token=token_of(signed_in(Client(), sam)))
        assert hear(socket) == {"type": "ready", "channels": [NOTIFICATIONS]}
        say(socket, type="subscribe", channels=[], unread=0)
        assert hear(socket) == {"type": "subscribed", "channels": {}}
        notify(recipients=[sam.pk], notice="approval.requested", dedupe="t", facts=defaultdict(str), at=clock.now())
        assert hear(socket) == {"type": "unread", "count": 1}


def test_lists_without_news_are_told_when_they_are_others_to_their_own_platform_alone(house, monkeypatch):
    monkeypatch.setattr("dashboards.live.hub.COMPARE_SECONDS", 0.05)
    dora, eve = (developer(name, slug) for name, slug in (("dora", "boyfanz"), ("eve", "girlfanz")))
    with (
        house.listening(signed_in(Client(), dora), NOTIFICATIONS, REQUESTS, WEBHOOKS) as hers,
        house.listening(signed_in(Client(), eve), NOTIFICATIONS, REQUESTS, WEBHOOKS) as anothers,
    ):

        def told(socket):
            while (heard := hear(socket))["type"] == "gap":  # the ear began later
                pass
            assert (heard["type"], heard["data"]["events"]) == ("ownUpdate", [])
            assert heard["data"]["names"] == [heard["channel"]]
            return heard["channel"]

        for socket in (hers, anothers):  # what changed before the page heard is read afresh
            assert {told(socket) for _ in range(3)} == {NOTIFICATIONS, REQUESTS, WEBHOOKS}
        note(Line(dora.platform_id, uuid7(), time.monotonic(), "GET", "/api/v1/payments", 200, "", "r", 7, "", ""))
        write_waiting()
        assert told(hers) == REQUESTS
        where, by = {"platform_id": dora.platform_id, "at": clock.now()}, actor(dora)
        made = create_endpoint(url="http://127.0.0.1:9/hook", topics=["txn.capture"], by=by, **where).endpoint
        assert told(hers) == WEBHOOKS
        send_test(endpoint_id=made.pk, by=by, **where)
        assert told(hers) == WEBHOOKS
        notify(recipients=[dora.pk], notice="approval.requested", dedupe="t", facts=defaultdict(str), at=clock.now())
        assert told(hers) == NOTIFICATIONS
        settle(dedupe="t", at=clock.now())
        assert told(hers) == NOTIFICATIONS
        assert house.hub.places.keys() >= {f"{REQUESTS} {one.platform_id}" for one in (dora, eve)}
        for socket in (hers, anothers):
            with pytest.raises(TimeoutError):
                socket.recv(0.3)


def test_a_program_hears_the_payments_of_its_platform_if_it_may_read_them(house):
    client = Client(headers=bearer("boyfanz", Scope.PAYMENTS_READ))
    with house.socket(origin=None) as socket:
        say(socket, type="auth", token=token_of(client))
        assert hear(socket) == {"type": "ready", "channels": [EXECUTIVE]}
    client = Client(headers=bearer("boyfanz", Scope.FANS_READ))
    with house.socket(origin=None) as socket:
        say(socket, type="auth", token=token_of(client))
        assert hear(socket) == {"type": "ready", "channels": []}


def news(type: str, **payload) -> Heard:
    return Heard(1, NOON, NOON, type, "payment", "1", PLATFORM, payload)


def test_a_program_hears_what_webhooks_tell_and_no_more():
    for type in ("txn.refund_requested", "txn.unknown", "txn.reviewed", "txn.alarm", "crypto.invoice_stuck"):
        assert not [said for said in said_of(news(type, approval_id="1")) if str(PLATFORM) in said.place]
    said = {said.place: said.event for said in said_of(news("txn.auth", payment_id="1", rail="x", approval_id="2"))}
    assert said[f"{EXECUTIVE} {PLATFORM}"] == {"name": "txn.auth", "payment_id": "1"}
    assert set(OF_PROGRAMS) <= set(PAYMENTS) | set(SUBSCRIPTIONS)


# What if nothing is heard


class Deaf:
    """Says stop after so many pauses."""

    def __init__(self, after: int) -> None:
        self.after, self.pauses = after, []

    def is_set(self):
        return len(self.pauses) >= self.after

    def wait(self, seconds):
        self.pauses.append(seconds)


class Silent(Follower):
    def begin(self):
        raise ConnectionError


def test_the_ear_outlives_an_outage_of_any_length():
    deaf = Deaf(after=1100)
    Hub(Silent)._listen(None, deaf)
    assert len(deaf.pauses) == 1100
    assert max(deaf.pauses) < 3


def test_who_subscribed_before_the_ear_began_is_told_of_a_gap(house, petra, monkeypatch):
    monkeypatch.setattr("dashboards.live.hub.BEGIN_SECONDS", 0.01)
    extents, gate = house.carrier.extents, threading.Event()
    monkeypatch.setattr(house.carrier, "extents", lambda streams: gate.wait(PATIENCE) and extents(streams))
    with house.listening(petra, EXECUTIVE) as socket:
        ask_for_role()
        house.carry()
        gate.set()
        assert hear(socket)["type"] == "gap"


# How it is refused
