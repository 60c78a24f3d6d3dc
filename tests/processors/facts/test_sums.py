"""The sums of sales are equal to the payments, whatever happened to those, and whenever."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import F

from processors.facts.models import FactMark, PayerMonth, SaleDay
from processors.facts.services import Proof, fold_all, fold_facts, prove_facts, rebuild_facts
from processors.payments.models import Payment
from processors.payments.states import PaymentState
from tests.payouts.scenes import Sold, maya, sell

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
EQUAL = Proof(sale_days=0, payer_months=0, waiting=0)


def days():
    return list(
        SaleDay.objects.order_by("day", "product").values_list(
            "day", "product", "sales", "sales_minor", "refunded", "refunded_minor"
        )
    )


@pytest.mark.django_db
def test_sales_are_added_up_by_day_product_and_fan():
    sell(
        Sold(NOON, 10_00), Sold(NOON, 5_00, fan="sue"), Sold(NOON, 7_00, "tip"),
        Sold(NOON - timedelta(days=1), 1_00, refunded=40), Sold(NOON, 99_00, is_counted=False),
    )  # fmt: skip
    assert fold_all() == 5 + 5  # written, then captured
    assert days() == [
        (date(2026, 11, 19), "ppv", 1, 100, 1, 40),
        (date(2026, 11, 20), "ppv", 2, 1500, 0, 0),
        (date(2026, 11, 20), "tip", 1, 700, 0, 0),
    ]
    assert sorted(PayerMonth.objects.values_list("paid_minor", flat=True)) == [500, 1800]
    assert prove_facts() == EQUAL


@pytest.mark.django_db
def test_a_refund_and_a_late_sale_change_the_day_they_belong_to():
    early, late = sell(Sold(NOON), Sold(NOON))
    fold_all()
    Payment.objects.filter(pk=early.pk).update(refunds_minor=10_00)
    sell(Sold(NOON - timedelta(days=60), 3_00))
    Payment.objects.filter(pk=late.pk).update(
        state=PaymentState.REQUIRES_ACTION, captured_minor=0, version=F("version") + 1
    )

    assert FactMark.objects.exists()
    fold_all()

    assert days() == [(date(2026, 9, 21), "ppv", 1, 300, 0, 0), (date(2026, 11, 20), "ppv", 1, 1000, 1, 1000)]
    assert prove_facts() == EQUAL


@pytest.mark.django_db
def test_what_does_not_count_leaves_no_mark():
    (payment,) = sell(Sold(NOON))
    fold_all()
    Payment.objects.filter(pk=payment.pk).update(description="told again", captured_minor=payment.captured_minor)
    assert not FactMark.objects.exists()


@pytest.mark.django_db
def test_only_the_asked_creators_are_taken_in():
    sell(Sold(NOON), Sold(NOON, creator="mona"))
    assert fold_facts(creator_ids=[maya()]) == 2
    assert SaleDay.objects.get().creator_id == maya()
    assert prove_facts() == Proof(0, 0, waiting=2)


@pytest.mark.django_db
def test_a_difference_is_found_and_made_good():
    sell(Sold(NOON))
    fold_all()
    SaleDay.objects.update(sales_minor=1)
    PayerMonth.objects.all().delete()
    assert prove_facts() == Proof(sale_days=2, payer_months=1, waiting=0)
    rebuild_facts()
    assert prove_facts() == EQUAL


@pytest.mark.django_db(transaction=True)
def test_a_sale_that_commits_later_with_a_lower_mark_is_taken_in_next():
    sell(Sold(NOON))
    fold_all()
    apart = connection.copy()
    try:
        apart.set_autocommit(False)
        with apart.cursor() as cursor:
            cursor.execute("UPDATE payment SET refunds_minor = 700")
            sell(Sold(NOON, 5_00))
            assert fold_all() == 2
            apart.commit()
    finally:
        apart.close()
    assert prove_facts().waiting == 1
    assert fold_all() == 1
    assert days() == [(date(2026, 11, 20), "ppv", 2, 1500, 1, 700)]
    assert prove_facts() == EQUAL
