"""What goes on by itself: webhooks come, jobs run, news are heard, time passes. Each when the seed says so."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction

from fanzmoney.trials.simulator.outside import Letter
from fanzmoney.trials.simulator.simulation import Simulation, operation
from foundation import clock
from foundation.events.listening import groups, handlers_of
from foundation.events.models import Outbox
from foundation.events.transport import Entry, Message
from foundation.inbox import letters
from foundation.inbox.consuming import Consumer
from foundation.jobs.periods import last_ended
from foundation.jobs.registry import jobs
from processors.webhooks.taking import take_call
from processors.webhooks.waiting import forget
from processors.webhooks.worker import Applying, Asking

JOBS = {
    "payments.repair": 5, "payments.expire": 2, "webhooks.sweep": 2, "payouts.release": 6, "payouts.run": 8,
    "freezes.end": 3, "approvals.sweep": 1, "earnings.settle": 4, "payouts.methods": 2, "payouts.schedules": 1,
    "integrity.rescore": 1, "restrictions.sweep": 1, "ledger.turnover": 1,
}  # fmt: skip
TIMES = (
    timedelta(minutes=3), timedelta(minutes=6), timedelta(minutes=20), timedelta(hours=1), timedelta(hours=7),
    timedelta(days=1), timedelta(days=3),
)  # fmt: skip


@operation(16)
def letters_come(sim: Simulation) -> str:
    """Some of what is on its way, in any order, one to three times; the rest comes later."""
    fetch_letters(sim)
    count = min(len(sim.waiting), sim.random.randint(1, 4))
    some = sim.random.sample(sim.waiting, count)
    sim.waiting = [one for one in sim.waiting if not any(one is taken for taken in some)]
    calls = [one for one in some for _ in range(sim.random.choice((1, 1, 2, 3)))]
    sim.random.shuffle(calls)
    return _deliver(sim, calls)


@operation(3)
def old_letters_come_again(sim: Simulation) -> str:
    return _deliver(sim, [sim.random.choice(sim.delivered)] if sim.delivered else [])


@operation(2)
def letter_is_forged(sim: Simulation) -> str:
    """One bit of a true one is another."""
    fetch_letters(sim)
    true = sim.pick([*sim.waiting, *sim.delivered])
    if true is None:
        return "nothing"
    at = sim.random.randrange(len(true.body))
    altered = true.body[:at] + bytes([true.body[at] ^ (1 << sim.random.randrange(7))]) + true.body[at + 1 :]
    _take(Letter(true.provider, true.event, altered, true.headers, true.query))
    return true.event


@operation(14)
def webhooks_are_applied(sim: Simulation) -> str:
    forget()
    return "applied" if Applying().turn() else "nothing"


@operation(7)
def webhooks_are_asked_about(sim: Simulation) -> str:
    forget()
    return "asked" if Asking().turn() else "nothing"


@operation(16)
def news_are_heard(sim: Simulation) -> str:
    """By some of the groups, and some of it twice."""
    chosen = [group for group in groups() if sim.random.random() < 0.7]
    again = sim.random.choice((0, 0, 0, 5))
    sim.note(len(chosen), again)
    return str(hear(sim, chosen, again=again))


@operation(22)
def a_job_runs(sim: Simulation) -> str:
    (name,) = sim.random.choices(list(JOBS), list(JOBS.values()))
    sim.note(name)
    return run_job(name)


@operation(14)
def time_passes(sim: Simulation) -> str:
    time = sim.random.choice(TIMES)
    sim.go_on(time)
    return str(time)


def fetch_letters(sim: Simulation) -> None:
    sim.waiting += sim.outside.new_letters()


def deliver_all(sim: Simulation) -> None:
    fetch_letters(sim)
    waiting, sim.waiting = sim.waiting, []
    _deliver(sim, waiting)


def run_job(name: str) -> str:
    """Its work for the last period that is over, as a worker does it."""
    job = jobs.find(name)
    period = last_ended(job.every, clock.now())
    if job.in_one_transaction:
        with transaction.atomic():
            done = job.work(period)
    else:
        done = job.work(period)
    return str(done)


def hear(sim: Simulation, chosen: Iterable[str], *, again: int = 0) -> int:
    """Bring each group's readers the news since it heard last; a reader that died hears them again."""
    chosen, heard = list(chosen), 0
    since = min([sim.heard.get(group, 0) for group in chosen], default=0) - again
    rows = list(Outbox.objects.filter(id__gt=since).order_by("id").values_list("id", "at", "stream", "type"))
    for group in chosen:
        types, after = handlers_of(group), sim.heard.get(group, 0) - again
        names = [Message(stream, Entry(0, id, at, kind)) for id, at, stream, kind in rows if id > after]
        mine = [one for one in names if one.entry.type in types]
        reader = Consumer(group)
        if mine:
            reader.apply(mine)
            heard += len(mine)
        if group in letters.groups_with_due.get():
            reader.retry_letters()
        if names:
            sim.heard[group] = names[-1].entry.id
    return heard


def _deliver(sim: Simulation, calls: Iterable[Letter]) -> str:
    said = []
    for letter in calls:
        sim.delivered.append(letter)
        _take(letter)
        said.append(letter.event)
    return ",".join(said) or "nothing"


def _take(letter: Letter) -> None:
    take_call(
        provider=letter.provider, body=letter.body, headers=letter.headers, query=letter.query, address="127.0.0.1",
        at=clock.now(),
    )  # fmt: skip
