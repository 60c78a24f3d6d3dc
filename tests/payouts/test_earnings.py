"""Earnings become available on their day, once, and not while somebody stops them."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from foundation.ids import uuid7
from foundation.money import Money
from ledger import chart
from ledger.flows import freeze_part, record_sale, refund_sale
from ledger.rules.flows.sales import Product, Sale
from ledger.selectors import find_account, get_balance, get_trial_balance
from payouts.earnings import seams, services
from payouts.earnings.models import EarningsLine
from payouts.earnings.seams import Line
from payouts.earnings.services import Run, settle_day
from processors.payments.directory import nearby
from processors.payments.models import MerchantAccount
from tests.cast import member, platform

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TODAY = date(2026, 11, 20)
Status = EarningsLine.Status


@pytest.fixture(autouse=True)
def accounts(db):
    for slug, days in (("quick", 1), ("slow", 5)):
        MerchantAccount.objects.create(
            slug=slug, provider="nobody", currencies=["USD"], settings={"settles_after_days": days}
        )
    nearby.forget()
    yield
    assert get_trial_balance().is_balanced


@pytest.fixture
def stopped():
    held: dict[Line, UUID] = {}
    seams.stops.add("story", lambda: held)
    yield held
    seams.stops.remove("story")


def sold(days_ago: int, minor: int = 100_00, *, through: str = "quick", product: str = "tip", name: str = "maya"):
    """A sale of which the creator gets eighty percent."""
    sale = Sale(
        platform_id=platform().pk, product=Product(product), creator_id=member(name).party_id,
        gross=Money(minor, "USD"), tax=Money(0, "USD"), creator_basis_points=8_000,
        paid_from=chart.clearing(through, "USD"),
    )  # fmt: skip
    return record_sale(journal_id=uuid7(), sold=sale, effective_at=NOON - timedelta(days=days_ago)).id


def balance(purpose: str, name: str = "maya", product: str = "tip") -> int:
    party = member(name).party_id
    if purpose == "pending":
        key = chart.earning_line("pending", party, platform().pk, product, "USD")
    else:
        key = chart.creator(purpose, party, "USD")
    account = find_account(key)
    return get_balance(account).posted.minor if account else 0


def line(product: str = "tip", name: str = "maya") -> Line:
    return Line(member(name).party_id, platform().pk, product, "USD")


def test_what_is_ripe_settles_once_and_the_rest_waits_for_its_own_day():
    sold(1)
    sold(0)
    sold(4, 50_00, through="slow")
    sold(5, 30_00, through="slow", product="call")

    assert settle_day(day=TODAY, at=NOON) == Run(settled=2)
    assert (balance("available"), balance("pending")) == (80_00 + 24_00, 80_00 + 40_00)
    assert settle_day(day=TODAY, at=NOON) == Run()
    assert settle_day(day=TODAY + timedelta(days=1), at=NOON) == Run(settled=1)
    assert (balance("available"), balance("pending")) == (80_00 + 24_00 + 80_00 + 40_00, 0)


def test_a_missed_day_is_made_up_for_as_if_it_had_not_been_missed():
    sold(3)
    sold(1, 10_00)
    for back in (2, 1, 0):
        settle_day(day=TODAY - timedelta(days=back), at=NOON)
    lines = EarningsLine.objects.order_by("settles_on").values_list("settles_on", "amount_minor", "status")
    assert list(lines) == [(TODAY - timedelta(days=2), 80_00, Status.SETTLED), (TODAY, 8_00, Status.SETTLED)]


def test_debts_are_filled_before_anything_is_available():
    journal = sold(3)
    settle_day(day=TODAY, at=NOON)
    sold(2, 10_00)
    refund_sale(journal_id=uuid7(), sale_journal_id=journal, amount=Money(100_00, "USD"))
    assert (balance("available"), balance("pending"), balance("receivable")) == (0, 8_00, 0)
    journal = sold(2, 50_00)
    settle_day(day=TODAY + timedelta(days=1), at=NOON)
    assert balance("available") == 48_00


def test_a_stopped_source_stays_pending_and_goes_with_the_next_run_when_released(stopped):
    freeze = uuid7()
    sold(2)
    sold(2, 10_00, product="call")
    stopped[line()] = freeze

    assert settle_day(day=TODAY, at=NOON) == Run(settled=1, stopped=1)
    sold(1, 20_00)
    assert settle_day(day=TODAY + timedelta(days=1), at=NOON) == Run(stopped=1)
    assert (balance("available"), balance("pending")) == (8_00, 96_00)
    waiting = EarningsLine.objects.filter(status=Status.STOPPED)
    assert sum(waiting.values_list("amount_minor", flat=True)) == 96_00
    assert set(waiting.values_list("freeze_id", flat=True)) == {freeze}

    stopped.clear()
    assert settle_day(day=TODAY + timedelta(days=2), at=NOON) == Run(settled=1)
    assert (balance("available"), balance("pending")) == (104_00, 0)
    assert not waiting.exists()
    assert EarningsLine.objects.filter(status=Status.CARRIED).count() == 2


def test_held_money_stays_where_it_is_held():
    sold(2)
    key = chart.earning_line("pending", member("maya").party_id, platform().pk, "tip", "USD")
    freeze_part(freeze_id=uuid7(), keys=[key], amount=Money(30_00, "USD"), subject="case", reason="freeze:1")
    assert settle_day(day=TODAY, at=NOON) == Run(settled=1)
    assert (balance("available"), balance("pending")) == (50_00, 30_00)


def test_a_batch_that_loses_a_race_is_done_line_by_line(monkeypatch):
    """Between the look and the posting a refund takes from one of the lines."""
    journal = sold(2)
    sold(2, 10_00, product="call")
    looked = services.gather_ripe
    taken = []

    def refunded_meanwhile(day, lags, creator_id=None):  # type: ignore[no-untyped-def]
        found = list(looked(day, lags, creator_id))
        if not taken:
            taken.append(refund_sale(journal_id=uuid7(), sale_journal_id=journal, amount=Money(60_00, "USD")))
        return found

    monkeypatch.setattr(services, "gather_ripe", refunded_meanwhile)
    assert settle_day(day=TODAY, at=NOON) == Run(settled=2)
    assert balance("available") == 32_00 + 8_00
    assert EarningsLine.objects.get(product="tip").amount_minor == 32_00


def test_who_listens_hears_whose_money_settled():
    heard = []
    seams.settled.add("story", lambda who, at: heard.append(who))
    try:
        sold(2)
        settle_day(day=TODAY, at=NOON)
    finally:
        seams.settled.remove("story")
    assert heard == [{(member("maya").party_id, "USD")}]


def test_many_lines_settle_in_batches():
    for n in range(7):
        sold(2, 10_00, name=f"c{n}")
    assert settle_day(day=TODAY, at=NOON, batch=3) == Run(settled=7)
    assert EarningsLine.objects.filter(status=Status.SETTLED).count() == 7
