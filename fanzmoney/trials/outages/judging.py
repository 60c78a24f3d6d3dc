"""Whether everything that clients were promised is there, once, and the books are whole."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable

from django.conf import settings
from django.db import connection

from fanzmoney.trials.outages.traffic import Traffic, Wish
from foundation.events.models import Outbox
from foundation.faults import Run
from foundation.identity.models import Membership
from ledger.selectors import get_trial_balance
from processors.payments.giving_back import Refund
from processors.payments.models import Payment

DRAINED_SECONDS = 120
ASKED_AGAIN = 40


def judge(run: Run, traffic: Traffic, sandbox: str) -> None:
    """Call it when the writers stopped and every server is back."""
    connection.close()
    for strange in traffic.strange:
        run.violated(strange)
    promised = traffic.promised()
    if not promised:
        run.violated("nothing was ever promised")
    _judge_payments(run, [wish for wish in promised if wish.path.endswith("/payments")], sandbox)
    _judge_refunds(run, [wish for wish in promised if wish.path.endswith("/refunds")])
    _judge_people(run, [wish for wish in promised if wish.path.endswith("/fans")])
    _judge_repeats(run, traffic, promised)
    if not _becomes(lambda: not Outbox.objects.filter(relayed_at=None).exists(), DRAINED_SECONDS):
        run.violated(f"{Outbox.objects.filter(relayed_at=None).count()} pieces of news still wait to be told")
    if not get_trial_balance().is_balanced:
        run.violated("the books do not balance")
    _verify(run)


def _judge_payments(run: Run, wishes: list[Wish], sandbox: str) -> None:
    found = {str(row.pk): row for row in Payment.objects.filter(pk__in=[wish.answer["id"] for wish in wishes])}
    for wish in wishes:
        payment = found.get(wish.answer["id"])
        if payment is None:
            run.violated(f"payment {wish.answer['id']} was promised with {wish.status} and is not there")
            continue
        if Payment.objects.filter(reference=wish.body["reference"]).count() != 1:
            run.violated(f"one order became several payments: {wish.body['reference']}")
        if wish.status == 201 and wish.answer["state"] == "CAPTURED" and not payment.captured_minor:
            run.violated(f"{payment.pk} was promised to be captured and is {payment.state}")
    for wish in wishes[-ASKED_AGAIN:]:
        times = _charged(sandbox, wish.answer["id"])
        if found.get(wish.answer["id"]) and times > 1:
            run.violated(f"payment {wish.answer['id']} was charged {times} times")
        if wish.answer.get("state") == "CAPTURED" and times != 1:
            run.violated(f"captured payment {wish.answer['id']} was charged {times} times")


def _charged(sandbox: str, payment_id: str) -> int:
    reference = payment_id.replace("-", "")
    with urllib.request.urlopen(  # noqa: S310
        f"{sandbox}/_sandbox/ccbill/book.json?limit=1&reference={reference}-1", timeout=20
    ) as reply:
        return int(json.load(reply)["totals"]["approved"])


def _judge_refunds(run: Run, wishes: list[Wish]) -> None:
    ids = {wish.answer["id"] for wish in wishes}
    kept = {str(pk) for pk in Refund.objects.filter(pk__in=ids).values_list("pk", flat=True)}
    for lost in ids - kept:
        run.violated(f"refund {lost} was promised and is not there")
    if len(ids) != len(wishes):
        run.violated("two wishes to give back were answered with one refund")
    for payment in Payment.objects.filter(refunds_minor__gt=0):
        if payment.refunds_minor > payment.captured_minor:
            run.violated(f"more of {payment.pk} was given back than was taken")


def _judge_people(run: Run, wishes: list[Wish]) -> None:
    told = {person["external_id"] for wish in wishes for person in wish.body["members"]}
    kept = set(Membership.objects.filter(external_id__in=told).values_list("external_id", flat=True))
    for lost in told - kept:
        run.violated(f"fan {lost} was promised and is not there")


def _judge_repeats(run: Run, traffic: Traffic, promised: list[Wish]) -> None:
    """The same key again brings the same answer (I12)."""
    for wish in [one for one in promised if one.status == 201][-ASKED_AGAIN:]:
        status, answer, _ = traffic.ask(wish)
        if (status, answer) != (wish.status, wish.answer):
            run.violated(f"{wish.path} was answered {wish.status} and under the same key {status} {answer}"[:400])


def _verify(run: Run) -> None:
    for command in (["ledger_verify", "--without-seals"], ["audit_verify"]):
        done = subprocess.run(  # noqa: S603 - our own commands
            [sys.executable, settings.BASE_DIR / "manage.py", *command, "--json"], capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        if done.returncode:
            run.violated(f"{command[0]} ends with {done.returncode}: {(done.stdout or done.stderr)[-400:]}")


def _becomes(true: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True
