"""Many hands on one creator's money: threads with connections of their own."""

from collections import Counter

import pytest
from django.db import connection, transaction

from foundation import clock
from foundation.errors import Refusal
from foundation.ids import uuid7
from foundation.reasons import Reason
from foundation.retry import retrying
from payouts.life.models import Payout, PayoutInstruction
from payouts.life.services import cancel_payout, freeze_payout, release_due, send_due, unfreeze_payout
from tests.cast import HOUSE
from tests.ledger.books import at_once
from tests.payouts.scene import ask, later, on, queue_of, rich, seen, topics

pytestmark = pytest.mark.django_db(transaction=True)


def in_a_thread(work):
    def run():
        try:
            return work()
        except Refusal as refused:
            return refused.code
        finally:
            connection.close()

    return run


@retrying
def asked(creator_id, minor, **more):
    with transaction.atomic():
        return ask(creator_id, minor, **more).pk


@retrying
def frozen(payout):
    with transaction.atomic():
        row = freeze_payout(payout_id=payout.pk, code=Reason.CHARGEBACK_SPIKE, by=HOUSE, at=clock.now())
    return str(row.state)


@retrying
def let_go(payout):
    with transaction.atomic():
        row = unfreeze_payout(payout_id=payout.pk, code=Reason.DECIDED_BY_PERSON, by=HOUSE, at=clock.now())
    return str(row.state)


@retrying
def given_up(payout):
    with transaction.atomic():
        return str(cancel_payout(payout_id=payout.pk, reason="races", by=HOUSE, at=clock.now()).state)


def test_eight_clicks_under_one_key_are_one_payout(desk):
    maya, id = rich(500_00), uuid7()
    answers = at_once(*[in_a_thread(lambda: asked(maya, 100_00, payout_id=id))] * 8)
    assert Counter(map(str, answers))[str(id)] >= 1
    assert Payout.objects.count() == 1
    assert (on("available", maya), on("escrow", maya)) == (400_00, 100_00)
    assert asked(maya, 100_00, payout_id=id) == id


def test_eight_tabs_never_take_more_than_is_there(desk):
    maya = rich(300_00)
    answers = at_once(*[in_a_thread(lambda: asked(maya, 100_00))] * 8)
    assert Counter(map(str, answers))["ledger.insufficient"] == 5, answers
    assert (on("available", maya), on("escrow", maya), Payout.objects.count()) == (0, 300_00, 3)


def test_frozen_and_released_at_once_it_does_not_leave(desk, size):
    for _ in range(size(4)):
        payout = ask(rich())
        later(hours=13)
        at_once(in_a_thread(lambda: release_due(by=HOUSE).released), in_a_thread(lambda payout=payout: frozen(payout)))
        assert seen(payout).state == "FROZEN"
        later(hours=0)


def test_frozen_and_sent_at_once_one_of_them_wins_cleanly(desk, size):
    for payout in queue_of(size(6)):
        Payout.objects.exclude(pk=payout.pk).filter(state="QUEUED").update(due_at=None)
        Payout.objects.filter(pk=payout.pk).update(due_at=clock.now())
        answers = at_once(
            in_a_thread(lambda: send_due(rail="paxum", by=HOUSE).sent),
            in_a_thread(lambda payout=payout: frozen(payout)),
        )
        told = PayoutInstruction.objects.filter(payout=payout).exclude(state="NOT_SENT")
        if seen(payout).state == "FROZEN":
            assert not told.exists()
            assert answers[1] == "FROZEN"
        else:
            assert (seen(payout).state, answers[1]) == ("PAID", "payouts.too_late"), answers
    sent = set(desk.paid)
    done = PayoutInstruction.objects.filter(state="DONE").values_list("reference", flat=True)
    assert sent == set(done)


def test_let_go_frozen_and_given_up_at_once_leave_one_end(desk, size):
    for _ in range(size(4)):
        payout = ask(rich(100_00))
        frozen(payout)
        answers = at_once(
            *[in_a_thread(lambda payout=payout, work=work: work(payout)) for work in (let_go, frozen, given_up)]
        )
        state = seen(payout).state
        assert state in ("IN_ESCROW", "FROZEN", "CANCELLED"), answers
        money = on("available", payout.creator_id), on("escrow", payout.creator_id)
        assert money == ((100_00, 0) if state == "CANCELLED" else (0, 100_00))


def test_four_runs_at_once_send_each_once(desk, size):
    payouts = queue_of(size(12))
    at_once(*[in_a_thread(lambda: send_due(rail="paxum", by=HOUSE).sent)] * 4)
    send_due(rail="paxum", by=HOUSE)
    assert {seen(payout).state for payout in payouts} == {"PAID"}
    assert desk.calls.count("send") == len(desk.paid) == len(payouts)
    assert topics("payout.sent") == ["payout.sent"] * len(payouts)


def test_four_releases_at_once_release_each_once(desk, size):
    payouts = [ask(rich()) for _ in range(size(12))]
    later(hours=13)
    answers = at_once(*[in_a_thread(lambda: release_due(by=HOUSE, at_once=3).released)] * 4)
    assert sum(answers) == len(payouts), answers
    assert topics("payout.released") == ["payout.released"] * len(payouts)
