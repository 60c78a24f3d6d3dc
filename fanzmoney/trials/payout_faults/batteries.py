"""XP1, XP5, XG1, XC2 and XC3 for payouts: I7 and I8 by the rail's own book."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import OperationalError, transaction

from fanzmoney.trials.payment_faults.scene import at_once
from fanzmoney.trials.payout_faults import deaths
from fanzmoney.trials.payout_faults.scene import (
    ASKED_AGAIN,
    BATTERY,
    PRICE,
    RAIL,
    Scene,
    available,
    later,
    moving,
    scene,
)
from foundation import clock
from foundation.faults import Battery, Run, batteries
from foundation.ids import uuid7
from foundation.retry import retrying
from payouts.freezes.models import Freeze
from payouts.freezes.services import place_freeze, release_freeze
from payouts.freezes.states import STOPS, FreezeType, ReleasePath, Severity
from payouts.freezes.types import Scope, Why
from payouts.life.models import Payout
from payouts.life.services import release_due, repair_due, request_payout, send_due

MODULE = "fanzmoney.trials.payout_faults.deaths"
DEATHS_EACH, CLICKS = 4, 8
BEFORE_THE_CALL = "payouts.sent"
"""Noted as leaving, and never told: nobody sends it again, and a day later the money is available."""
PLANS = ("usual", "lose_reply", "list_late", "hang_up", "silent", "twice")


def die_anywhere(run: Run) -> None:
    """Killed at any point of a send: mended by the next workers, each leaves once or is given back, none is lost."""
    with scene() as there:
        for _ in run:
            points = [run.random.choice(deaths.SENDING) for _ in range(DEATHS_EACH)]
            payouts = there.queued(DEATHS_EACH)
            _die(run, [f"send:{point}" for point in points])
            there.mend()
            there.judge(run, payouts, ends=("PAID", "FAILED"))
            given_back = Payout.objects.filter(pk__in=[one.pk for one in payouts], state="FAILED").count()
            if given_back != points.count(BEFORE_THE_CALL):
                run.violated(f"{given_back} were given back, with deaths at {points}")


def sleep_anywhere(run: Run) -> None:
    """Put to sleep beyond every lease while others go on, it wakes and completes nothing that it lost."""
    with scene() as there:
        for _ in run:
            payouts = there.queued(2)
            there.rails.slow_down(run.random.choice((0, 60, 150)))
            with _worker() as worker:
                time.sleep(run.random.uniform(0, 0.35))
                os.kill(worker.pid, signal.SIGSTOP)
                try:
                    with later(ASKED_AGAIN):
                        _go_on()
                finally:
                    os.kill(worker.pid, signal.SIGCONT)
                worker.communicate(timeout=60)
            there.rails.calm()
            there.mend()
            there.judge(run, payouts)


def lose_answers(run: Run) -> None:
    """Answers lost on the way or never given: at most one payment, and nothing unknown a day later."""
    with scene() as there:
        for _ in run:
            payouts = there.queued(3)
            for _payout in payouts:
                there.rails.plan(run.random.choice(PLANS))
            send_due(rail=RAIL, by=BATTERY)
            there.rails.ask("/_sandbox/rails/plans")
            there.mend()
            there.judge(run, payouts, ends=("PAID", "FAILED"))
            there.rails.calm()


def click_at_once(run: Run) -> None:
    """The same key and different keys, from many devices: one effect per key, and never more than there is."""
    with scene() as there:
        for _ in run:
            creator_id = there.creator(2 * PRICE)
            keys = [uuid7() for _ in range(3)]
            wishes = [partial(_ask, creator_id, run.random.choice(keys)) for _ in range(CLICKS)]
            answers = Counter(at_once(wishes))
            made = Payout.objects.filter(creator_id=creator_id)
            if made.count() > 2 or made.exclude(pk__in=keys).exists():
                run.violated(f"{made.count()} payouts of money for two: {dict(answers)}")
            if available(creator_id) + moving(creator_id) != 2 * PRICE.minor or available(creator_id) < 0:
                run.violated(f"money of {creator_id} does not add up: {dict(answers)}")
            if set(answers) - {"asked", "ledger.insufficient"}:
                run.violated(f"an answer nobody expects: {dict(answers)}")


def race(run: Run) -> None:
    """Freezes against releases, sends and other freezes: what was confirmed as stopped is not in the rail's book."""
    with scene() as there:
        for _ in run:
            payout, creator_id = _raced(there, run)
            kinds: list[Callable[[], str]] = [partial(_freeze, payout.pk, creator_id)]
            others: list[Callable[[], str]] = [
                partial(_freeze_all, creator_id),
                _send,
                _release,
                partial(_let_go, creator_id),
            ]
            kinds += run.random.sample(others, run.random.randint(1, 3))
            run.random.shuffle(kinds)
            answers = at_once(kinds)
            _judge_race(run, there, payout, answers)


def _raced(there: Scene, run: Run) -> tuple[Payout, UUID]:
    """A payout that waits, is queued, or is stopped already."""
    kind = run.random.choice(("waiting", "queued", "frozen"))
    payout = there.waiting() if kind == "waiting" else there.queued(1)[0]
    if kind == "frozen":
        _freeze(payout.pk, payout.creator_id)
    return payout, payout.creator_id


def _judge_race(run: Run, there: Scene, payout: Payout, answers: Sequence[str]) -> None:
    payout.refresh_from_db()
    live = Freeze.objects.filter(creator_id=payout.creator_id, state__in=STOPS)
    taken = there.taken(payout)
    if live.filter(payout=payout).exists() and (payout.state != "FROZEN" or taken):
        run.violated(f"{payout.pk} is stopped, {payout.state}, and the rail took it {len(taken)} times: {answers}")
    if len(taken) != (payout.state == "PAID"):
        run.violated(f"{payout.pk} is {payout.state}, and the rail took it {len(taken)} times: {answers}")
    if "payouts.too_late" in answers and payout.state != "PAID":
        run.violated(f"{payout.pk} was too late to stop and is {payout.state}: {answers}")
    lost = {"payouts.too_late", "payouts.lost_claim", "freezes.lifted_already"}
    allowed = {"frozen", "all frozen", "sent", "released", "let go", *lost}
    if strange := set(answers) - allowed:
        run.violated(f"answers nobody expects: {sorted(strange)}")
    for row in live.order_by("pk"):
        _lift(row.pk)


@retrying
def _ask(creator_id: UUID, payout_id: UUID) -> str:
    with transaction.atomic():
        request_payout(creator_id=creator_id, amount=PRICE, by=BATTERY, at=clock.now(), payout_id=payout_id)
    return "asked"


@retrying
def _freeze(payout_id: UUID, creator_id: UUID) -> str:
    scope = Scope(FreezeType.PAYOUT, creator_id, payout_id=payout_id)
    place_freeze(scope=scope, why=_why("one"), by=BATTERY, at=clock.now())
    return "frozen"


@retrying
def _freeze_all(creator_id: UUID) -> str:
    place_freeze(scope=Scope(FreezeType.ACCOUNT, creator_id), why=_why("all"), by=BATTERY, at=clock.now())
    return "all frozen"


def _why(source: str) -> Why:
    return Why(
        code="CHECK_IN_PROGRESS", severity=Severity.HIGH, action="nothing", path=ReleasePath.MANUAL_REVIEW,
        source=f"trial {source} {uuid7()}", review_by=clock.now() + timedelta(days=3),
    )  # fmt: skip


def _let_go(creator_id: UUID) -> str:
    for freeze_id in Freeze.objects.filter(creator_id=creator_id, state__in=STOPS).values_list("pk", flat=True):
        _lift(freeze_id)
    return "let go"


@retrying
def _lift(freeze_id: UUID) -> None:
    release_freeze(freeze_id=freeze_id, reason="a trial", by=BATTERY, at=clock.now())


def _go_on() -> None:
    """The next job's work; a row that a sleeper holds is left after a while, and taken by a later one."""
    with suppress(OperationalError):
        repair_due(by=BATTERY)
    with suppress(OperationalError):
        send_due(rail=RAIL, by=BATTERY)


def _send() -> str:
    send_due(rail=RAIL, by=BATTERY)
    return "sent"


def _release() -> str:
    release_due(by=BATTERY)
    return "released"


def _die(run: Run, deeds: Sequence[str]) -> None:
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", MODULE, *deeds], cwd=settings.BASE_DIR, env=dict(os.environ), capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    if done.returncode or done.stdout.strip():
        run.violated(f"nobody died: {done.stdout.strip()} {done.stderr[-300:]}")


def _worker() -> subprocess.Popen[str]:
    """A process that has begun to send."""
    worker = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", MODULE, "work"], cwd=settings.BASE_DIR, env=dict(os.environ), stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    if not worker.stdout or worker.stdout.readline().strip() != "ready" or not worker.stdin:
        raise RuntimeError("a worker did not get ready")
    worker.stdin.write("go\n")
    worker.stdin.flush()
    return worker


for _name, _what, _attack in (
    ("payouts_killed", "Killed at any point of a send, a payout leaves once (XP1)", die_anywhere),
    ("payouts_asleep", "A worker that sleeps beyond its lease completes nothing that it lost (XP5)", sleep_anywhere),
    ("payouts_lost", "A lost answer is one payment at most, and known in the end (XG1)", lose_answers),
    ("payouts_clicks", "One effect per key, and never more than there is (XC2)", click_at_once),
    ("payouts_races", "What was confirmed as stopped never leaves (XC3)", race),
):  # fmt: skip
    batteries.add(_name, Battery(_what, _attack))
