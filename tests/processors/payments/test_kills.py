"""Killed between any two lines, a charge or refund has happened once or not at all, and what is left is mended."""

import subprocess
import sys

import pytest
from django.conf import settings
from django.db import transaction

from foundation import clock
from ledger.selectors import get_trial_balance
from processors.gateways.base import gateways
from processors.payments.giving_back import Refund
from processors.payments.models import Attempt
from processors.payments.services import repair_due, repair_payment, request_refund
from tests.cast import HOUSE
from tests.processors.payments.kept_till import KeptTill
from tests.processors.payments.till import (
    PROVIDER,
    bought,
    later,
    legs,
    open_account,
    payment_of,
    prepared,
    topics,
    usd,
)

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE_IT_LEFT = ["payments.before_sent"]
BEFORE_IT_CAME = ["payments.sent"]
BEFORE_WE_KNEW = ["payments.answered", "payments.noted", "payments.booked", "payments.before_final"]
KNOWN = ["payments.final"]
PROGRAM = """
import sys
import django
django.setup()
from tests.processors.payments.kept_till import die_at
die_at(*sys.argv[1:])
"""


@pytest.fixture
def till(tmp_path):
    open_account()
    built = gateways.add(PROVIDER, KeptTill(tmp_path / "book"))
    yield built
    gateways.remove(PROVIDER)
    assert get_trial_balance().is_balanced


def die(till, verb, targets):
    pairs = [f"{verb}:{point}={row.pk}" for point, row in targets.items()]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(till.book), *pairs], cwd=settings.BASE_DIR, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_killed_at_each_point_a_charge_happens_once_or_not_at_all(till):
    points = [*BEFORE_IT_LEFT, *BEFORE_IT_CAME, *BEFORE_WE_KNEW, *KNOWN]
    attempts = {point: prepared(20_00) for point in points}

    die(till, "charge", attempts)

    left = {point: (payment_of(row).state, Attempt.objects.get(pk=row.pk).state) for point, row in attempts.items()}
    assert left == {
        **dict.fromkeys(BEFORE_IT_LEFT, ("ROUTED", "PREPARED")),
        **dict.fromkeys([*BEFORE_IT_CAME, *BEFORE_WE_KNEW], ("PROCESSING", "SENT")),
        **dict.fromkeys(KNOWN, ("CAPTURED", "ANSWERED")),
    }
    charged = till.read()
    assert len(charged) == len(BEFORE_WE_KNEW) + len(KNOWN)
    later(minutes=3)
    mended = repair_due(by=HOUSE)
    assert (mended.never_sent, mended.asked) == (1, len(BEFORE_IT_CAME) + len(BEFORE_WE_KNEW))
    for point, row in attempts.items():
        payment = payment_of(row)
        is_taken = point in (*BEFORE_WE_KNEW, *KNOWN)
        assert payment.state == ("CAPTURED" if is_taken else "FAILED"), point
        assert legs(payment.sale_journal).get("sale.paid") == (2000 if is_taken else None)
    assert till.read() == charged
    assert len(topics("txn.capture")) == len(charged)
    assert repair_due(by=HOUSE).asked == 0


def test_killed_at_each_point_a_refund_leaves_once(till):
    points = ["refunds.before_sent", "refunds.sent", "refunds.answered", "refunds.booked", "refunds.before_final"]
    refunds = {}
    for point in points:
        view = bought(20_00)
        with transaction.atomic():
            refunds[point] = request_refund(
                payment_id=view.id, amount=usd(7_00), reason="kills", by=HOUSE, at=clock.now()
            )

    die(till, "refund", refunds)

    assert [line for line in till.read() if line.startswith("refunded")] == [
        f"refunded {refunds[point].reference} 700 USD" for point in points[2:]
    ]
    later(minutes=3)
    assert repair_due(by=HOUSE).refunds == len(points)
    states = {point: Refund.objects.get(pk=row.pk).state for point, row in refunds.items()}
    assert states == {**dict.fromkeys(points, "SUCCEEDED"), "refunds.sent": "FAILED"}
    given = [line.split(" ")[1] for line in till.read() if line.startswith("refunded")]
    assert sorted(given) == sorted(row.reference for point, row in refunds.items() if point != "refunds.sent")
    for point, row in refunds.items():
        is_given = point != "refunds.sent"
        assert payment_of(row.payment_id).refunds_minor == (700 if is_given else 0)
        assert legs(row.pk).get("refund.paid") == (700 if is_given else None)


def test_a_killed_repair_is_made_by_the_next_one(till):
    attempts = {point: prepared(20_00) for point in ("payments.asking", "payments.asked")}
    die(till, "charge", {"payments.answered": attempts["payments.asking"]})
    die(till, "charge", {"payments.answered": attempts["payments.asked"]})

    die(till, "repair", {point: payment_of(row) for point, row in attempts.items()})

    for row in attempts.values():
        assert payment_of(row).state == "PROCESSING"
        assert repair_payment(payment_id=row.payment_id, by=HOUSE).state == "CAPTURED"
    assert len(till.read()) == 2
