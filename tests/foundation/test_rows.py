"""Rows by statements written once: what is read back is what the ORM would have written and read."""

from datetime import timedelta

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from foundation import clock, prepared, rows
from foundation.errors import Conflict
from foundation.states import move
from ledger.rules.flows.sales import Product
from processors.gateways.types import Method
from processors.payments.models import Payment
from processors.payments.states import PaymentState
from tests.cast import HOUSE, member, platform

pytestmark = pytest.mark.django_db
FACTS = {"routing": [{"merchant": "a", "why_not": []}], "action": {"kind": "page", "fields": {"ä": "\u2603"}}}


@pytest.fixture
def payment():
    fan, creator, at = member("sam", "fan"), member("maya"), clock.now()
    return Payment(
        platform_id=platform().pk, fan_id=fan.party_id, creator_id=creator.party_id, reference="r-1",
        product=Product.PPV,
        amount_minor=2**40, currency="USD", method=Method.CARD, ip="10.0.0.1", created_at=at,
        expires_at=at + timedelta(days=1), **FACTS,
    )  # fmt: skip


def values(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_what_is_written_and_found_is_what_the_orm_finds(payment):
    rows.insert(payment)
    assert (payment._state.adding, payment._state.db) == (False, "default")
    with_orm = Payment.objects.get(pk=payment.pk)
    assert values(with_orm) == values(payment)
    assert values(rows.find(Payment, "id = %s", payment.pk)) == values(with_orm)
    assert values(rows.hold(Payment, "reference = %s", "r-1")) == values(with_orm)
    assert rows.find(Payment, "reference = %s", "r-2") is None


def test_a_second_of_its_kind_is_refused_or_left_out(payment):
    rows.insert(payment)
    again = Payment(**values(payment) | {"id": Payment().pk})
    with pytest.raises(IntegrityError, match="payment_reference"), transaction.atomic():
        rows.insert(again)
    assert not rows.insert_new(again)
    again.reference = "r-2"
    assert rows.insert_new(again)
    assert Payment.objects.count() == 2


def test_a_move_is_one_statement_with_its_record(payment):
    rows.insert(payment)
    with CaptureQueriesContext(connection) as asked:
        move(payment, to=PaymentState.ROUTED, by=HOUSE, at=clock.now(), routing=[])
    assert len(asked) == 1
    assert (payment.state, payment.version, payment.routing) == ("ROUTED", 2, [])
    assert values(payment) == values(Payment.objects.get(pk=payment.pk))
    records = prepared.run(
        "SELECT action, facts ->> 'after' FROM audit_record WHERE subject_id = %s ORDER BY id", [str(payment.pk)]
    )
    assert records == [("payment.moved", "ROUTED")]


def test_who_was_too_late_moves_nothing_and_leaves_no_record(payment):
    rows.insert(payment)
    late = Payment.objects.get(pk=payment.pk)
    move(payment, to=PaymentState.ROUTED, by=HOUSE, at=clock.now())
    with pytest.raises(Conflict) as refused:
        move(late, to=PaymentState.ROUTED, by=HOUSE, at=clock.now())
    assert refused.value.code == "processors.changed_meanwhile"
    assert prepared.run("SELECT count(*) FROM audit_record WHERE subject_id = %s", [str(payment.pk)]) == [(1,)]


def test_the_database_says_what_it_would_say_through_django():
    with pytest.raises(DataError), transaction.atomic():
        prepared.run("SELECT %s::text::uuid", ["no uuid"])
    assert prepared.run("SET LOCAL application_name = 'x'") == []
    assert prepared.run("SELECT 1 WHERE false") == []
