"""Plain charges are taken to the books together, and nothing but the number of statements tells it from one by one."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation.audit.models import AuditRecord
from foundation.events.models import Outbox
from ledger.selectors import get_trial_balance, list_journal
from processors.payments.models import Attempt
from processors.payments.services import capturing
from processors.webhooks import applying
from processors.webhooks.models import ProviderTold
from processors.webhooks.reading import read_calls
from tests.cast import HOUSE
from tests.processors.payments.till import payment_of, topics
from tests.processors.webhooks.teller import tell, told_states, work
from tests.processors.webhooks.test_applying import charged, waiting_for_word

pytestmark = pytest.mark.django_db(transaction=True)
OWN = ("id", "payment_id", "warrant_id", "reference", "provider_ref")
OF_A_MOMENT = ("created_at", "captured_at", "answered_at", "sent_at", "expires_at")


def row_of(row):
    """What stands in a row, without its own names and times."""
    left_out = {*OWN, *OF_A_MOMENT, "sale_journal", "approval_id"}
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.attname not in left_out
    }


def written_about(attempt):
    """Everything that a capture leaves behind, without names and times."""
    attempt.refresh_from_db()
    payment = payment_of(attempt)
    subjects = [str(payment.pk), str(attempt.pk)]
    told = ProviderTold.objects.get(reference=attempt.reference)
    records = AuditRecord.objects.filter(subject_id__in=subjects).order_by("id")
    news = Outbox.objects.filter(aggregate_id__in=subjects).order_by("sequence", "id")
    return {
        "payment": row_of(payment), "is_named": payment.sale_journal == payment.pk,
        "attempt": row_of(attempt), "number": attempt.provider_ref == f"t{attempt.reference}",
        "told": (told.state, told.version, told.why, told.tries, told.payment_id == payment.pk, told.claimed_until),
        "records": [
            (one.action, one.actor, one.reason, one.platform_id, {**one.facts, "at": ""}, one.outcome)
            for one in records
        ],
        "news": [(one.type, one.version, one.sequence, one.stream, set(one.payload)) for one in news],
        "legs": [
            (leg.kind, leg.amount, sorted(leg.meta or {}), leg.effective_at == leg.recorded_at)
            for leg in list_journal(payment.pk)
        ],
    }  # fmt: skip


def test_what_many_leave_behind_is_what_one_leaves_behind(teller, monkeypatch):
    alone, *many = [waiting_for_word(teller) for _ in range(4)]
    with monkeypatch.context() as patch:
        patch.setattr(applying, "capture_plain", lambda *_, **__: {})
        tell(charged(alone, reason="as agreed"))
        work()
    for attempt in many:
        tell(charged(attempt, reason="as agreed"))
    work()

    expected = written_about(alone)
    assert expected["payment"]["state"] == "CAPTURED"
    assert json.dumps(expected["legs"], default=str).count("sale.") >= 3
    for attempt in many:
        assert written_about(attempt) == expected
    assert get_trial_balance().is_balanced


def test_a_poisoned_one_spoils_no_other(teller):
    """Another amount, another's number, one number twice: each is a doubt of its own."""
    good, dear, taken, first, second = [waiting_for_word(teller) for _ in range(5)]
    tell(charged(good))
    tell(charged(dear, minor=99_99))
    tell({**charged(taken), "ref": f"t{good.reference}"})
    tell({**charged(first), "ref": "one-number"})
    tell({**charged(second), "ref": "one-number"})
    work()

    assert payment_of(good).state == "CAPTURED"
    assert [payment_of(one).state for one in (dear, taken)] == ["UNKNOWN", "UNKNOWN"]
    assert sorted(payment_of(one).state for one in (first, second)) == ["CAPTURED", "UNKNOWN"]
    assert topics("txn.capture") == ["txn.capture"] * 2
    assert Attempt.objects.filter(provider_ref="one-number").count() == 1


def test_a_batch_that_fails_is_done_one_by_one(teller, monkeypatch):
    attempts = [waiting_for_word(teller) for _ in range(3)]

    def refuse(_):
        raise RuntimeError("no batch today")

    monkeypatch.setattr(capturing, "record_sales", refuse)
    for attempt in attempts:
        tell(charged(attempt))
    work()

    assert {payment_of(attempt).state for attempt in attempts} == {"CAPTURED"}
    assert set(told_states().values()) == {"APPLIED"}
    assert topics("txn.capture") == ["txn.capture"] * 3
    assert get_trial_balance().is_balanced


def test_more_of_them_cost_no_more_statements(teller):
    def statements(count):
        for attempt in [waiting_for_word(teller) for _ in range(count)]:
            tell(charged(attempt))
        read_calls()
        with CaptureQueriesContext(connection) as asked:
            assert applying.apply_due(by=HOUSE) == count
        return len(asked)

    statements(1)
    assert statements(12) <= statements(3) + 1
