"""A share of the batteries against whole servers; `manage.py faults outage_…` runs them for as long as asked."""

import socket
from collections import Counter
from types import SimpleNamespace
from uuid import uuid4

import pytest

from fanzmoney.trials.outages.batteries import attack
from fanzmoney.trials.outages.judging import _judge_payments, _judge_people, _judge_refunds
from fanzmoney.trials.outages.relay import Relay
from fanzmoney.trials.outages.rolling import TOO_MANY, lost
from fanzmoney.trials.outages.traffic import Traffic, Wish
from foundation.faults import Run
from tests.cast import member


@pytest.mark.slow
def test_nothing_granted_is_lost_when_postgres_is_killed():
    run = Run(most_trials=1)
    attack("outage_postgres", run)
    assert (run.trials, run.violations) == (1, [])


def granted(path, body, answer):
    return Wish("boyfanz", path, body, status=201, answer=answer)


@pytest.mark.django_db
def test_a_promise_that_was_not_kept_is_noticed(monkeypatch):
    from fanzmoney.trials.outages import judging

    monkeypatch.setattr(judging, "_charged", lambda sandbox, payment_id: 2)
    run, id = Run(most_trials=1), str(uuid4())
    _judge_payments(run, [granted("/api/v1/payments", {"reference": "r"}, {"id": id, "state": "CAPTURED"})], "")
    assert [said.split(f"{id} ")[1] for said in run.violations] == [
        "was promised with 201 and is not there", "was charged 2 times",
    ]  # fmt: skip

    run = Run(most_trials=1)
    _judge_refunds(run, [granted("/api/v1/refunds", {}, {"id": id})] * 2)
    assert len(run.violations) == 2

    member("known-1", "fan")
    run = Run(most_trials=1)
    told = [{"external_id": "known-1"}, {"external_id": "lost-1"}]
    _judge_people(run, [granted("/api/v1/fans", {"members": told}, {})])
    assert [said.split(": ")[1] for said in run.violations] == ["fan lost-1 was promised and is not there"]


def test_every_failure_of_the_house_counts_while_it_is_replaced():
    answers = Counter({0: 1, 200: 9, 404: 9, TOO_MANY: 2, 500: 3, 503: 4, 504: 5, 507: 6})
    assert lost(answers) == {0: 1, 500: 3, 503: 4, 504: 5, 507: 6}
    assert lost(answers, TOO_MANY) == lost(answers) + Counter({TOO_MANY: 2})


def test_a_wire_is_as_bad_as_it_is_told_to_be():
    with socket.create_server(("127.0.0.1", 0)) as server:
        wire = Relay(server.getsockname()[1])
        near = socket.create_connection(("127.0.0.1", wire.port), timeout=60)
        far, _ = server.accept()
        far.settimeout(60)
        near.sendall(b"all of it")
        assert far.recv(99) == b"all of it"
        wire.left = 4
        near.sendall(b"half of it")
        assert (far.recv(99), far.recv(99)) == (b"half", b"")
        wire.stop()
        for end in (near, far):
            end.close()


def test_an_error_is_strange_and_an_outage_that_says_when_to_come_back_is_not(monkeypatch):
    traffic = Traffic([1], {"boyfanz": "x"})
    answers = iter([
        (503, {}, {"Retry-After": "1"}), (503, {}, {}), (500, {"code": "bug"}, {}), (409, {"retryable": True}, {}),
        (201, {"id": "1"}, {}),
    ])  # fmt: skip
    monkeypatch.setattr(Traffic, "ask", lambda self, wish: next(answers))
    monkeypatch.setattr("fanzmoney.trials.outages.traffic.time", SimpleNamespace(monotonic=lambda: 0, sleep=float))
    wish = Wish("boyfanz", "/api/v1/payments", {})
    traffic._insist(wish)
    assert (wish.status, wish.tries, len(traffic.strange)) == (201, 5, 2)
