"""A call is stored as it came, answered in the provider's words, and nothing of a card is kept."""

from hashlib import sha256
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from foundation.http.rates import Rate
from processors.gateways.redact import mask_body
from processors.webhooks import door, guarding
from processors.webhooks.models import WebhookCall
from processors.webhooks.rules.cards import without_cards
from tests.processors.payments.till import bought
from tests.processors.webhooks.teller import body_of, call, the_call

CARD, MASTERCARD = "4111111111111111", "5555 5555 5555 4444"
EVENT = {"key": "1", "kind": "other"}


def test_a_call_is_stored_byte_by_byte_in_one_statement_and_answered_in_their_words(teller):
    body = body_of(EVENT)
    call(body)  # whatever is read once a second is read
    with CaptureQueriesContext(connection) as asked:
        answer = call(body, Authorization="Basic c2VjcmV0", Cookie="session=1")

    assert (answer.status_code, answer.content, answer.headers["Content-Type"]) == (200, b"<ok/>", "text/xml")
    assert len(asked) == 1, [query["sql"] for query in asked]
    kept = WebhookCall.objects.latest("id")
    assert (bytes(kept.body), bytes(kept.body_sha256)) == (body, sha256(body).digest())
    assert (kept.state, kept.address, kept.provider) == ("RECEIVED", "127.0.0.1", "till")
    assert {"authorization", "cookie"}.isdisjoint(kept.headers)
    assert kept.headers["content-type"] == "application/json"


def test_only_providers_of_ours_call_and_only_by_post(teller):
    assert call(b"{}", provider="nobody").status_code == 404
    assert Client().get("/webhooks/till/").status_code == 405
    assert WebhookCall.objects.count() == 0


def test_no_cookie_and_no_form_token_is_asked_for(teller):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/webhooks/till/", b"a=1", content_type="application/x-www-form-urlencoded").status_code == 200


def test_a_body_beyond_the_bound_is_refused_and_not_stored(teller):
    assert call(b"x" * (door.MOST_BYTES + 1)).status_code == 413
    assert call(b"x" * door.MOST_BYTES).status_code == 200
    assert WebhookCall.objects.count() == 1


def test_what_cannot_be_stored_is_asked_to_come_again(teller, monkeypatch):
    def fails(**_):
        raise DatabaseError("gone")

    monkeypatch.setattr(door, "take_call", fails)
    answer = call(body_of(EVENT))
    assert (answer.status_code, answer.content) == (503, b"<again/>")


@pytest.fixture
def small_door(monkeypatch):
    """Every limit is a handful, of a window that no other test has begun."""
    for name, most in {"ANYBODY": 2, "EVERYBODY": 100, "PROVED": 3, "NAMED": 2}.items():
        monkeypatch.setattr(guarding, name, Rate(f"{name}-{uuid4()}", most, 60))


def statuses(times, body=None, **how):
    return [call(body or body_of(EVENT), **how).status_code for _ in range(times)]


def test_a_flood_without_proof_is_put_off_before_it_is_stored_and_keeps_nobody_else_away(teller, small_door):
    assert statuses(4, proof=None) == [200, 200, 429, 429]
    answer = call(body_of(EVENT), proof="false")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert WebhookCall.objects.count() == 2
    other = Client(REMOTE_ADDR="192.0.2.7")
    assert other.post("/webhooks/till/", b"{}", content_type="application/json").status_code == 200
    assert call(b"{}", provider="ccbill").status_code == 200


def test_a_provider_behind_the_flood_is_stored_by_its_proof(teller, small_door):
    statuses(30, proof=None)
    assert statuses(4) == [200, 200, 200, 429]
    assert WebhookCall.objects.count() == 5


def test_a_flood_from_everywhere_keeps_no_provider_out(teller, small_door, monkeypatch):
    monkeypatch.setattr(guarding, "EVERYBODY", Rate(f"everybody-{uuid4()}", 3, 60))
    flood = [
        Client(REMOTE_ADDR=f"192.0.2.{n}").post("/webhooks/till/", b"{}", content_type="application/json").status_code
        for n in range(5)
    ]
    assert flood == [200, 200, 200, 429, 429]
    assert statuses(1) == [200]


def test_who_signs_nothing_is_heard_in_a_crowd_about_charges_of_ours_alone(teller, small_door):
    reference = bought(20_00).id.hex + "-1"
    statuses(2, proof=None)
    named = body_of({"key": "9", "kind": "charged", "reference": reference})
    assert statuses(3, named, proof=None) == [200, 200, 429]
    assert statuses(1, body_of({"key": "9", "kind": "charged", "ref": "nobody's"}), proof=None) == [429]
    assert statuses(1, named, proof="false") == [429]


def test_what_cannot_be_read_in_a_crowd_is_put_off(teller, small_door, monkeypatch):
    statuses(2, proof=None)
    assert statuses(1, b"no json", proof=None) == [429]
    for odd in ("\x00", "a\x00b", "\ud800", "x" * 5_000):
        assert statuses(1, body_of({"key": "9", "kind": "charged", "reference": odd, "ref": odd}), proof=None) == [429]
    monkeypatch.setattr(type(teller), "check", lambda *_: 1 / 0)
    assert statuses(1) == [429]


@pytest.mark.parametrize(
    "planted",
    [
        f'{{"card": "{CARD}"}}', f'{{"cardNumber": {CARD}}}', f"cardNum={MASTERCARD.replace(' ', '+')}",
        f"cardNum={quote(MASTERCARD)}", f"pan={MASTERCARD}", f"n={MASTERCARD.replace(' ', '-')}", f'{{"id": "{CARD}"}}',
        "n=%34111111111111111", f"x{CARD}y", f"a{CARD}b", f"{MASTERCARD} 12/27",
        '{"n": "\\u0034111111111111111"}', f"<pan>{CARD}</pan>", '{"id":"378282246310005"}',
    ],
)  # fmt: skip
def test_a_planted_card_is_never_stored(teller, planted):
    assert call(planted.encode()).status_code == 200

    kept = the_call()
    assert bytes(kept.body_sha256) == sha256(planted.encode()).digest()
    for digits in (CARD, MASTERCARD.replace(" ", ""), "378282246310005"):
        bare = bytes(kept.body).replace(b"\\u0034", b"4").replace(b"%34", b"4").replace(b"%20", b"").decode()
        assert digits not in "".join(letter for letter in bare if letter.isdigit())


def test_cards_in_the_address_and_in_headers_are_not_stored_either(teller):
    Client().post(f"/webhooks/till/?pan={CARD}", b"{}", content_type="application/json", headers={"X-Pan": CARD})
    kept = the_call()
    assert CARD not in str(kept.query)
    assert CARD not in str(kept.headers)


def test_a_card_in_utf_16_is_withheld_whole():
    assert CARD.encode() not in without_cards(f'{{"n": "{CARD}"}}'.encode("utf-16")).replace(b"\x00", b"")


@pytest.mark.parametrize(
    "theirs",
    [
        b'{"subscriptionId": "4011102200000000027"}', b"transactionId=4011102200000000027&amount=9.99",
        b'{"currentTime": 1763700000123, "amount": "20.00"}', b"\xff\xfe\x00binary",
        b'{"event": "04111111-4111-4111-1111-411111141111"}',
    ],
)  # fmt: skip
def test_numbers_of_theirs_stay_as_they_are(theirs):
    assert without_cards(theirs) == theirs
    assert mask_body(theirs) == theirs


@pytest.mark.parametrize("around", ["x{}y", "a{}b", "card={}&", '{{"note": "{}."}}', "{} 12/27", "%20{}", "{}/12"])
def test_what_is_kept_of_answers_holds_no_card_either(around):
    for card in (CARD, MASTERCARD, quote(MASTERCARD)):
        assert mask_body(around.format(card).encode()) == around.format("[card]").encode()
