"""One effect and one reply per caller and key, whatever the network does in between."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client

from foundation import clock
from foundation.actors import Actor, ActorKind
from foundation.audit.models import AuditRecord
from foundation.errors import PayloadMismatch
from foundation.idempotency.models import IdempotencyKey
from foundation.idempotency.services import (
    InFlight,
    Reply,
    begin_outside_call,
    find_earlier,
    finish_outside_call,
    keep_reply,
    request_hash,
)
from tests.cast import bearer

ORDERS, PAID = "/api/v1/sample/orders", "/api/v1/sample/paid"
CALLER = Actor(ActorKind.CLIENT, "sam")
ASKED = request_hash("POST", "/x", {"a": 1})


def post(client, body, key="k-1", path=PAID, **headers):
    named = {"Idempotency-Key": key} if key is not None else {}
    return client.post(path, body, content_type="application/json", headers={**named, **headers})


def effects(action="sample.paid"):
    return AuditRecord.objects.filter(action=action).count()


def test_the_same_request_again_gets_the_first_reply_and_is_told_so(api, order):
    first, again = post(api, order), post(api, order)
    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Idempotency-Original-Date"].endswith("GMT")
    assert effects() == 1


def test_other_spelling_of_the_same_body_is_the_same_request(api, order):
    post(api, order)
    spelled = '{"total": {"currency": "USD",\n "amount_minor": 1250}, "reference": "r-\\u0031"}'
    assert post(api, spelled).headers["Idempotency-Replayed"] == "true"


def test_another_body_under_the_same_key_is_refused(api, order):
    post(api, order)
    response = post(api, order | {"count": 2})
    assert (response.status_code, response.json()["code"]) == (422, "idempotency.mismatch")
    assert effects() == 1


def test_another_address_under_the_same_key_is_refused(api, order):
    post(api, order)
    assert post(api, order, path=ORDERS).status_code == 422


def test_a_key_is_needed_where_money_moves(api, order):
    response = post(api, order, key=None)
    assert (response.status_code, response.json()["code"]) == (400, "idempotency.key_missing")
    assert post(api, order, key=None, path=ORDERS).status_code == 201


@pytest.mark.parametrize("key", ["", " ", "é", "x" * 256, "a\tb"])
def test_a_key_is_printable_and_short(api, order, key):
    assert post(api, order, key=key).json()["code"] == "idempotency.key_invalid"


def test_a_refusal_stores_nothing(api, order):
    refused = post(api, order | {"reference": "conflict"}, path=ORDERS)
    assert refused.status_code == 409
    assert not IdempotencyKey.objects.exists()
    assert post(api, order, path=ORDERS).status_code == 201


def test_two_callers_may_choose_the_same_key(api, order):
    first = post(api, order)
    other = post(Client(headers=bearer("girlfanz")), order)
    assert other.status_code == 200
    assert "Idempotency-Replayed" not in other.headers
    assert other.content != first.content


@pytest.mark.django_db(transaction=True)
def test_many_at_once_have_one_effect(room, order):
    """Those that come while the first is at work are told to wait; all others get its reply."""
    headers = bearer()
    barrier = threading.Barrier(8)

    def ask():
        barrier.wait()
        try:
            return post(Client(headers=headers), order)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = [future.result() for future in [pool.submit(ask) for _ in range(8)]]

    assert effects() == 1
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert len({answer.content for answer in answers if answer.status_code == 200}) == 1
    for answer in answers:
        if answer.status_code == 409:
            assert (answer.json()["code"], answer.headers["Retry-After"]) == ("idempotency.in_flight", "1")


@pytest.mark.django_db
def test_an_outside_call_holds_the_key_until_its_lease_ends():
    with transaction.atomic():
        assert find_earlier(by=CALLER, key="k", asked=ASKED) is None
        begin_outside_call(by=CALLER, key="k", asked=ASKED, resource=("payment", "p-1"), lease=timedelta(seconds=30))

    with transaction.atomic(), pytest.raises(InFlight) as refused:
        find_earlier(by=CALLER, key="k", asked=ASKED)
    assert 0 < refused.value.facts["retry_after"] <= 31

    clock.move_clock(ahead=timedelta(seconds=31))
    with transaction.atomic():
        earlier = find_earlier(by=CALLER, key="k", asked=ASKED)
    assert (earlier.reply, earlier.resource) == (None, ("payment", "p-1"))

    reply = Reply(201, b'{"id": "p-1"}', {"Location": "/p-1"})
    with transaction.atomic():
        assert finish_outside_call(by=CALLER, key="k", reply=reply)
        assert not finish_outside_call(by=CALLER, key="k", reply=Reply(500, b"late"))
        assert find_earlier(by=CALLER, key="k", asked=ASKED).reply == reply
        with pytest.raises(PayloadMismatch):
            find_earlier(by=CALLER, key="k", asked=request_hash("POST", "/x", {"a": 2}))


@pytest.mark.django_db(transaction=True)
def test_a_key_is_only_kept_with_the_effect():
    with pytest.raises(RuntimeError, match="open the transaction first"):
        keep_reply(by=CALLER, key="k", asked=ASKED, reply=Reply(200, b""))
    with pytest.raises(RuntimeError, match="open the transaction first"):
        find_earlier(by=CALLER, key="k", asked=ASKED)
