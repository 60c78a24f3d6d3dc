"""Killed or put to sleep between any two lines, a payout leaves once or not at all, and what is left is mended."""

import os
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings

from ledger.selectors import get_trial_balance
from payouts.life.models import Payout
from payouts.life.services import release_due, repair_due, send_due
from processors.gateways.rails.base import rails
from tests.cast import HOUSE
from tests.payouts.kept_desk import KeptDesk
from tests.payouts.scene import ask, instruction_of, later, on, queue_of, rich, seen, topics

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE_RELEASED = ["payouts.due_held", "payouts.before_released"]
BEFORE_CLAIMED = ["payouts.queue_held", "payouts.before_claimed"]
CLAIMED = ["payouts.claimed", "payouts.before_sent"]
BEFORE_IT_CAME = ["payouts.sent"]
BEFORE_WE_KNEW = ["payouts.answered", "payouts.booked", "payouts.before_final"]
PROGRAM = """
import sys
import django
django.setup()
from tests.payouts import kept_desk
getattr(kept_desk, sys.argv[1])(*sys.argv[2:])
"""


@pytest.fixture
def kept(desk, tmp_path):
    built = rails._entries["paxum"] = KeptDesk(tmp_path / "book")
    yield built
    assert get_trial_balance().is_balanced


def start(verb, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, verb, *map(str, arguments)], cwd=settings.BASE_DIR, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def die(kept, *pairs):
    done = start("die_at", kept.book, *pairs)
    done.communicate()
    assert done.returncode == 0


def test_killed_at_each_point_of_releasing_each_is_released_once(kept):
    payouts = [ask(rich()) for _ in range(4)]
    later(hours=13)
    die(kept, *[f"release:{point}" for point in BEFORE_RELEASED])
    assert {seen(payout).state for payout in payouts} == {"IN_ESCROW"}
    die(kept, "release:payouts.released")
    assert sorted(seen(payout).state for payout in payouts) == ["IN_ESCROW"] * 3 + ["QUEUED"]
    assert release_due(by=HOUSE).released == 3
    assert topics("payout.released") == ["payout.released"] * 4


def test_killed_at_each_point_of_sending_a_payout_leaves_once(kept):
    points = [*BEFORE_CLAIMED, *CLAIMED, *BEFORE_IT_CAME, *BEFORE_WE_KNEW]
    payouts = queue_of(len(points) - len(BEFORE_CLAIMED))

    die(kept, *[f"send:{point}" for point in points])

    left = sorted(seen(payout).state for payout in payouts)
    assert left == ["PREPARED"] * 2 + ["SENT"] * 4
    assert len(kept.read()) == len(BEFORE_WE_KNEW)
    later(hours=200, minutes=3)
    mended = repair_due(by=HOUSE)
    assert (mended.taken_back, mended.asked) == (2, 4)
    assert sorted(seen(payout).state for payout in payouts) == ["PAID"] * 3 + ["QUEUED"] * 2 + ["SENT"]
    later(hours=201)
    assert send_due(rail="paxum", by=HOUSE).sent == 2
    later(hours=225)
    assert (repair_due(by=HOUSE).asked, send_due(rail="paxum", by=HOUSE).sent) == (1, 0)
    assert sorted(seen(payout).state for payout in payouts) == ["FAILED"] + ["PAID"] * 5
    book = kept.read()
    assert len(book) == len(set(book)) == len({reference[:-1] for reference in book}) == len(payouts) - 1
    for payout in payouts:
        assert (on("escrow", payout.creator_id), on("in_transit", payout.creator_id)) == (0, 0)
    assert topics("payout.paid") == ["payout.paid"] * (len(payouts) - 1)


def test_a_killed_repair_is_made_by_the_next_one(kept):
    (payout,) = queue_of(1)
    die(kept, "send:payouts.answered")
    later(hours=200, minutes=3)
    die(kept, "repair:payouts.asking")
    later(hours=200, minutes=10)
    die(kept, "repair:payouts.asked")
    assert seen(payout).state == "SENT"
    later(hours=201)
    assert repair_due(by=HOUSE).asked == 1
    assert (seen(payout).state, len(kept.read())) == ("PAID", 1)


@pytest.mark.parametrize("is_killed", [False, True])
def test_put_to_sleep_while_it_talks_to_the_rail_nobody_asks_or_sends_before_it_ended(kept, is_killed):
    """Longer asleep than every lease: what it was about to do is not done a second time."""
    (payout,) = queue_of(1)
    worker = start("work", kept.book, 0.5)
    worker.stdin.write("go\n")
    worker.stdin.flush()
    ends = time.monotonic() + 60
    while not kept.book.with_suffix(".calling").exists():
        assert time.monotonic() < ends
        time.sleep(0.01)
    os.kill(worker.pid, signal.SIGSTOP)
    later(hours=200, minutes=5)
    try:
        assert repair_due(by=HOUSE).asked == 0
        assert send_due(rail="paxum", by=HOUSE).sent == 0
        assert (seen(payout).state, kept.read()) == ("SENT", [])
    finally:
        if is_killed:
            os.kill(worker.pid, signal.SIGKILL)
        os.kill(worker.pid, signal.SIGCONT)
        said, _ = worker.communicate(timeout=60)
    later(hours=200, minutes=10)
    repair_due(by=HOUSE)
    later(hours=202)
    send_due(rail="paxum", by=HOUSE)
    later(hours=225)
    repair_due(by=HOUSE)
    send_due(rail="paxum", by=HOUSE)
    assert len(kept.read()) == (not is_killed)
    assert (seen(payout).state, instruction_of(payout).number) == ("FAILED" if is_killed else "PAID", 1)
    assert said == ("" if is_killed else "0 1\n")


def test_two_workers_release_and_send_each_once(kept, size):
    count = size(24)
    payouts = [ask(rich()) for _ in range(count)]
    later(hours=13)
    workers = [start("work", kept.book) for _ in range(2)]
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    said = [worker.communicate(timeout=500)[0].split() for worker in workers]
    assert sum(int(released) for released, _ in said) == count
    send_due(rail="paxum", by=HOUSE)
    assert Payout.objects.filter(pk__in=[payout.pk for payout in payouts], state="PAID").count() == count
    book = kept.read()
    assert len(book) == len(set(book)) == count
    assert topics("payout.released", "payout.paid").count("payout.released") == count
