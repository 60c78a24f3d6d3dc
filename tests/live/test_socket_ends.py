"""How the socket ends: for strangers, for nonsense, and for who may no longer hear."""

from datetime import timedelta

import pytest
from django.test import Client
from websockets.exceptions import InvalidStatus

from dashboards.live import socket as live_socket
from fanzmoney.trials.live_house import hear, say, token_of, until
from foundation import clock
from foundation.identity.models import RoleGrant
from foundation.identity.services import end_role
from tests.cast import HOUSE, bearer, member, portal_user, signed_in, staff
from tests.live.ending import ended

EXECUTIVE, CREATOR = "money.executive", "money.creator"


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
