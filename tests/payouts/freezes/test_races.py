"""Two at once: whoever commits first is right, the other gets a clean refusal, and frozen money never leaves."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections, transaction

from foundation import clock
from foundation.errors import Conflict
from ledger.selectors import get_trial_balance
from payouts.freezes.models import Freeze
from payouts.freezes.services import release_freeze
from payouts.life.models import Payout
from payouts.life.services import release_due
from payouts.life.services.held import go, hold_payout
from payouts.life.states import PayoutState
from tests.cast import HOUSE
from tests.ledger.books import at_once
from tests.payouts.freezes.stories import frozen, frozen_account, maya, waiting
from tests.payouts.scene import later, queued, seen

pytestmark = pytest.mark.django_db(transaction=True)


class Session(threading.Thread):
    """Work in a transaction of its own that does not commit until it is told to."""

    def __init__(self, work: Callable[[], Any]) -> None:
        super().__init__()
        self.work, self.answer = work, None
        self.has_worked, self.may_commit = threading.Event(), threading.Event()
        self.start()

    def run(self) -> None:
        try:
            with transaction.atomic():
                self.answer = self.work()
                self.has_worked.set()
                self.may_commit.wait(20)
        except Conflict as refused:
            self.answer = refused.code
        finally:
            self.has_worked.set()
            connections.close_all()

    def commit(self) -> Any:
        self.may_commit.set()
        self.join(20)
        return self.answer


def meet(first: Callable[[], Any], second: Callable[[], Any]) -> tuple[Any, Any]:
    """The first has done its work and not committed when the second begins its own."""
    one = Session(first)
    assert one.has_worked.wait(20)
    two = Session(second)
    two.may_commit.set()
    two.has_worked.wait(0.4)
    mine = one.commit()
    return mine, two.commit()


def send(payout: Payout) -> str:
    """The last step of a run before the rail, under the payout's lock."""
    row = hold_payout(payout.pk)
    go(row, PayoutState.PREPARED, by=HOUSE, at=clock.now())
    go(row, PayoutState.SENT, by=HOUSE, at=clock.now(), sent_at=clock.now())
    return "sent"


def release(payout: Payout) -> str:
    """The last step of a release, under the payout's lock."""
    row = hold_payout(payout.pk)
    go(row, PayoutState.APPROVED, by=HOUSE, at=clock.now())
    go(row, PayoutState.QUEUED, by=HOUSE, at=clock.now())
    return "released"


def lift(row: Freeze) -> str:
    release_freeze(freeze_id=row.pk, reason="Answered.", by=HOUSE, at=clock.now())
    return "lifted"


def test_a_freeze_that_was_first_keeps_the_release_away(desk):
    payout = waiting()
    later(hours=200)
    one = Session(lambda: frozen(payout))
    assert one.has_worked.wait(20)
    assert release_due(by=HOUSE).released == 0
    assert one.commit().state == "ACTIVE"
    assert release_due(by=HOUSE).released == 0
    assert seen(payout).state == "FROZEN"


def test_a_freeze_that_was_first_refuses_the_last_step_of_a_release(desk):
    payout = waiting()
    row, lost = meet(lambda: frozen(payout), lambda: release(payout))
    assert (seen(payout).state, row.state, lost) == ("FROZEN", "ACTIVE", "payouts.cannot_move")


def test_a_release_that_was_first_is_caught_in_the_queue(desk):
    payout = waiting()
    released, row = meet(lambda: release(payout), lambda: frozen(payout))
    assert (released, row.state, seen(payout).state) == ("released", "ACTIVE", "FROZEN")
    assert Freeze.objects.count() == 1


def test_a_freeze_that_was_first_refuses_the_send(desk):
    payout = queued(100_00, maya())
    _, lost = meet(lambda: frozen(payout), lambda: send(payout))
    assert (seen(payout).state, lost) == ("FROZEN", "payouts.cannot_move")


def test_a_send_that_was_first_refuses_the_freeze_and_leaves_nothing_of_it(desk):
    payout = queued(100_00, maya())
    sent, lost = meet(lambda: send(payout), lambda: frozen(payout))
    assert (sent, lost, seen(payout).state) == ("sent", "payouts.too_late", "SENT")
    assert not Freeze.objects.exists()


def test_one_lifts_while_another_freezes_and_the_payout_stays(desk):
    payout = waiting()
    old = frozen(payout)
    meet(lambda: lift(old), lambda: frozen(payout))
    assert seen(payout).state == "FROZEN"
    newer = Freeze.objects.exclude(pk=old.pk).get()
    meet(lambda: frozen(payout), lambda: lift(newer))
    assert seen(payout).state == "FROZEN"


def test_two_lift_the_same_freeze_and_one_is_told(desk):
    payout = waiting()
    row = frozen(payout)
    answers = meet(lambda: lift(row), lambda: lift(row))
    assert answers == ("lifted", "freezes.lifted_already")
    assert seen(payout).state == "IN_ESCROW"


@pytest.mark.parametrize("account_first", [True, False])
def test_an_account_and_one_of_its_payouts_are_frozen_at_once(desk, account_first):
    creator = maya()
    payout, other = waiting(100_00, creator), waiting(50_00, creator)
    both = [lambda: frozen_account(creator).pk, lambda: frozen(payout).pk]
    meet(*(both if account_first else reversed(both)))
    assert (seen(payout).state, seen(other).state) == ("FROZEN", "FROZEN")
    everything = Freeze.objects.get(freeze_type="ACCOUNT")
    lift(everything)
    assert (seen(payout).state, seen(other).state) == ("FROZEN", "IN_ESCROW")


def test_the_same_cause_from_eight_doors_freezes_once(desk):
    payout = waiting()
    answers = at_once(*(lambda: frozen(payout, source="dispute 9").pk for _ in range(8)))
    assert set(answers) == {Freeze.objects.get().pk}
    assert get_trial_balance().is_balanced
