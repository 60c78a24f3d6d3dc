"""Who comes in, what they hear, and how the socket ends."""

import threading
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.test import Client
from websockets.exceptions import ConnectionClosed, InvalidStatus

from dashboards.live import socket as live_socket
from dashboards.live.channels import OF_PROGRAMS, said_of
from dashboards.live.hub import Hub
from fanzmoney.trials.live_house import PATIENCE, hear, say, token_of, until
from foundation import clock
from foundation.events.following import Follower, Heard
from foundation.events.models import Outbox
from foundation.hooks.services import create_endpoint, send_test
from foundation.identity.models import RoleGrant
from foundation.identity.scopes import Scope
from foundation.identity.services import end_role
from foundation.ids import uuid7
from foundation.notifications.services import mark_all_read, notify, settle
from foundation.requests.writing import Line, note, write_waiting
from payouts.methods.services import add_method
from products.fanzpay.hooks import PAYMENTS, SUBSCRIPTIONS
from tests.approvals.stories import ask_for_role
from tests.cast import HOUSE, actor, bearer, developer, member, portal_user, signed_in, staff, user_called

EXECUTIVE, CREATOR = "money.executive", "money.creator"
NOTIFICATIONS, REQUESTS, WEBHOOKS = "own.notifications", "own.requests", "own.webhooks"
PLATFORM, NOON = UUID(int=7), datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def petra():
    return signed_in(Client(), staff("petra"))


@pytest.fixture
def soon(monkeypatch):
    """Who may still be here is asked ten times a second."""
    monkeypatch.setattr("dashboards.live.hub.STANDING_SECONDS", 0.1)


def ended(socket) -> tuple[int, str]:
    """How the other side closes it."""
    try:
        while True:
            socket.recv(PATIENCE)
    except ConnectionClosed as closed:
        return closed.rcvd.code, closed.rcvd.reason


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


def test_a_token_opens_once(house, petra):
    token = token_of(petra)
    with house.socket() as first, house.socket() as second:
        say(first, type="auth", token=token)
        assert hear(first)["type"] == "ready"
        say(second, type="auth", token=token)
        assert ended(second) == (4401, "the token is not valid")


def test_a_token_is_good_for_half_a_minute(house, petra):
    token = token_of(petra)
    clock.move_clock(ahead=timedelta(seconds=31))
    with house.socket() as socket:
        say(socket, type="auth", token=token)
        assert ended(socket) == (4401, "the token is not valid")


def test_only_a_token_for_this_opens_it(house, petra):
    of_the_api = bearer()["Authorization"].removeprefix("Bearer ")
    ours = token_of(petra)
    for token in ("", "nonsense", of_the_api, ours[:-4] + "AAAA", ours + "A" * 9000):
        with house.socket() as socket:
            say(socket, type="auth", token=token)
            assert ended(socket)[0] in (4401, 1009)


def test_a_persons_token_is_no_good_away_from_a_page(house, petra):
    with house.socket(origin=None) as socket:
        say(socket, type="auth", token=token_of(petra))
        assert ended(socket) == (4401, "a person's token is for a page")


def test_who_says_nothing_is_shown_out(house, monkeypatch):
    monkeypatch.setattr(live_socket, "AUTH_SECONDS", 0.1)
    with house.socket() as socket:
        assert ended(socket) == (4408, "nobody proved to be somebody within 0.1 s")


def test_no_other_address_speaks_and_no_other_page_may_listen(house):
    wrong = [{"path": path} for path in ("/ws/other/", "/ws/live")]
    wrong += [{"origin": origin} for origin in ("https://evil.example", "null", "http://localhost.evil.example")]
    for asked in wrong:
        with pytest.raises(InvalidStatus), house.socket(**asked):
            pass


BAD_BEFORE = {
    "subscribe first": '{"type":"subscribe","channels":["money.executive"]}',
    "not JSON": "{",
    "not a number": '{"type":"auth","token":NaN}',
    "twice": '{"type":"auth","token":"a","token":"b"}',
    "a list": '["auth"]',
    "more": '{"type":"auth","token":"a","role":"admin"}',
    "deep": "[" * 2000,
    "half a letter": '{"type":"auth","token":"\\ud800"}',
}


def test_a_first_message_that_is_none_ends_the_socket(house):
    for name, text in BAD_BEFORE.items():
        with house.socket() as socket:
            socket.send(text)
            assert ended(socket)[0] == 4400, name


BAD_AFTER = {
    "not JSON": "{",
    "no channels": '{"type":"subscribe"}',
    "a text": '{"type":"subscribe","channels":"money.executive"}',
    "none": '{"type":"subscribe","channels":[]}',
    "many": '{"type":"subscribe","channels":["a","b","c","d","e","f","g","h","i","j","k"]}',
    "a number": '{"type":"subscribe","channels":[1]}',
    "a fraction": '{"type":"subscribe","channels":["money.executive"],"after":{"money.executive":1.5}}',
    "NaN": '{"type":"subscribe","channels":["money.executive"],"after":{"money.executive":NaN}}',
    "truth": '{"type":"subscribe","channels":["money.executive"],"after":{"money.executive":true}}',
    "the past": '{"type":"subscribe","channels":["money.executive"],"after":{"money.executive":-1}}',
    "beyond": '{"type":"subscribe","channels":["money.executive"],"after":{"money.executive":9007199254740992}}',
    "another": '{"type":"subscribe","channels":["money.executive"],"after":{"money.crisis":1}}',
    "a bell that shows no number": '{"type":"subscribe","channels":["money.executive"],"unread":"3"}',
    "who again": '{"type":"auth","token":"x"}',
}


def test_a_wish_that_is_none_ends_the_socket(house, petra):
    for name, text in BAD_AFTER.items():
        with house.listening(petra, EXECUTIVE) as socket:
            socket.send(text)
            assert ended(socket)[0] == 4400, name


def test_only_small_texts_are_taken(house, petra):
    with house.listening(petra, EXECUTIVE) as socket:
        socket.send(b"\x00\x01")
        assert ended(socket)[0] == 1003
    with house.listening(petra, EXECUTIVE) as socket:
        socket.send("x" * 5000)
        assert ended(socket)[0] == 1009
    with house.socket() as socket:
        socket.send("x" * 40_000)
        assert ended(socket)[0] == 1009


def test_who_talks_too_much_is_shown_out(house, petra):
    with house.listening(petra, EXECUTIVE) as socket:
        for _ in range(live_socket.SPOKEN.most):
            say(socket, type="subscribe", channels=[EXECUTIVE])
        assert ended(socket)[0] == 4429


def test_one_person_has_so_many_windows(house, petra, monkeypatch):
    monkeypatch.setattr(live_socket, "MOST_PER_CALLER", 1)
    with house.listening(petra, EXECUTIVE), house.socket() as another:
        say(another, type="auth", token=token_of(petra))
        assert ended(another) == (4409, "open in too many windows")


# How it ends later


def test_a_logout_ends_the_socket(house, petra, soon):
    with house.listening(petra, EXECUTIVE) as socket:
        petra.post("/logout")
        assert ended(socket) == (4401, "signed out")


def test_a_logout_ends_a_socket_that_asked_for_nothing_yet(house, petra, soon):
    with house.socket() as socket:
        say(socket, type="auth", token=token_of(petra))
        assert hear(socket)["type"] == "ready"
        petra.post("/logout")
        assert ended(socket) == (4401, "signed out")


def test_a_lost_role_ends_the_socket(house, petra, soon):
    with house.listening(petra, EXECUTIVE) as socket:
        end_role(user_id=staff("petra").pk, role="approver", by=HOUSE, at=clock.now(), reason="Left the desk")
        assert ended(socket) == (4401, "signed out"), "whoever's roles change signs in again"


def test_a_creator_who_is_none_any_more_hears_nothing_more(house, soon):
    maya = portal_user(member("maya", "creator"))
    with house.listening(signed_in(Client(), maya), CREATOR) as socket:
        RoleGrant.objects.filter(user=maya, ended_at=None).update(ended_at=clock.now(), ended_by="tests")
        assert ended(socket) == (4403, "no longer yours to hear")


def test_a_session_that_rested_too_long_ends_the_socket(house, petra, soon):
    with house.listening(petra, EXECUTIVE) as socket:
        clock.move_clock(ahead=timedelta(minutes=16))
        assert ended(socket) == (4401, "signed out")


def test_nobody_is_forgotten_in_the_hub(house, petra):
    with house.listening(petra, EXECUTIVE):
        assert len(house.hub.listeners) == 1
    with house.listening(petra, EXECUTIVE, "money.crisis"):
        pass
    until(lambda: not house.hub.listeners and not house.hub.places)
