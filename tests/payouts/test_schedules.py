"""Payouts that nobody asks for, and payouts that end because a sale was taken back."""

from datetime import date

import pytest

from compliance.tax.services import sign_profile
from compliance.tax.states import Form
from foundation import clock
from foundation.errors import Invalid
from foundation.ids import uuid7
from foundation.money import Money
from ledger import chart
from ledger.flows import settle_earnings
from ledger.selectors import find_account, get_balance
from payouts.life.models import Payout
from payouts.life.services import freeze_payout
from payouts.schedules.services import run_schedules, set_schedule
from payouts.transparency.agenda import plans_of
from processors.gateways.base import gateways
from processors.payments.services import lose_dispute, open_dispute, send_refund
from processors.payments.services.refunding import request_refund
from tests.cast import HOUSE, member
from tests.payouts.life.test_taxing import SIGNED
from tests.payouts.scene import ask, fund, in_one, method_of, on, rich, seen, usd
from tests.processors.payments.till import PROVIDER, Till, bought, open_account, payment_of

TUESDAY, WEDNESDAY = date(2026, 11, 24), date(2026, 11, 25)


def wish(creator_id, kind="weekly", **more):  # type: ignore[no-untyped-def]
    return set_schedule(creator_id=creator_id, currency="USD", kind=kind, by=HOUSE, at=clock.now(), **more)


def run(day=TUESDAY):  # type: ignore[no-untyped-def]
    return run_schedules(day=day, by=HOUSE, at=clock.now())


@pytest.mark.django_db
def test_a_weekly_payout_comes_on_its_day_and_once(desk):
    creator_id = rich(500_00)
    wish(creator_id, weekday=1)
    assert run(WEDNESDAY) == {}
    assert run() == {"requested": 1}
    assert run() == {"stands": 1}
    payout = Payout.objects.get()
    assert (payout.amount, payout.origin) == (usd(500_00), Payout.Origin.SCHEDULE)
    assert (on("available", creator_id), on("escrow", creator_id)) == (0, 500_00)


@pytest.mark.django_db
def test_a_threshold_waits_until_enough_is_there(desk):
    creator_id = rich(90_00)
    wish(creator_id, "threshold", threshold=usd(100_00))
    assert run() == {"too_little": 1}
    fund(creator_id, 20_00)
    assert run(WEDNESDAY) == {"requested": 1}
    assert Payout.objects.get().amount == usd(110_00)


def taxed(minor):
    """A US creator without a number: 24 % are kept back of what they ask for."""
    creator_id = rich(minor)
    sign_profile(party_id=creator_id, form=Form.W9, given=SIGNED, by=HOUSE, at=clock.now())
    return creator_id


@pytest.mark.django_db
def test_what_tax_leaves_is_what_must_be_enough(desk):
    creator_id = taxed(26_30)
    wish(creator_id, weekday=1)
    assert run() == {"too_little": 1}
    (plan,) = plans_of(creator_id, at=clock.now())
    assert plan.next_on is None
    assert plan.why_not.startswith("26.30 USD are enough before tax and too little after it: 6.31 USD")
    fund(creator_id, 1)
    (plan,) = plans_of(creator_id, at=clock.now())
    assert (plan.next_on is None, plan.why_not) == (False, "")
    assert run(date(2026, 12, 1)) == {"requested": 1}
    assert (Payout.objects.get().amount, Payout.objects.get().withheld_minor) == (usd(20_00), 6_31)


@pytest.mark.django_db
def test_a_threshold_looks_at_what_there_is_before_tax_and_before_the_most_of_a_way(desk):
    creator_id = taxed(100_00)
    wish(creator_id, "threshold", threshold=usd(100_00))
    assert run() == {"requested": 1}
    assert Payout.objects.get().amount == usd(76_00)
    rare = rich(70_000_00)
    wish(rare, "threshold", threshold=usd(60_000_00))
    run(WEDNESDAY)
    assert Payout.objects.get(creator_id=rare).asked == usd(50_000_00)


@pytest.mark.django_db
def test_on_demand_and_without_a_destination_nothing_is_asked_for(desk):
    wish(rich(500_00), "on_demand")
    other = member("mona").party_id
    fund(other, 500_00)
    wish(other, weekday=1)
    assert run() == {"too_little": 1}
    assert not Payout.objects.exists()


@pytest.mark.django_db
def test_a_schedule_needs_its_figure(desk):
    for kind, more in (("threshold", {}), ("daily", {}), ("weekly", {"weekday": 7})):
        with pytest.raises(Invalid):
            wish(uuid7(), kind, **more)


@pytest.fixture
def sold(desk):
    """Maya sold for a hundred dollars, of which eighty are hers; they settled and she asked for them."""
    open_account()
    gateways.add(PROVIDER, Till())
    sale = bought(100_00)
    method_of(sale.creator_id)
    line = chart.earning_line("pending", sale.creator_id, sale.platform_id, sale.product, "USD")
    settle_earnings(journal_id=uuid7(), pending=line, amount=usd(80_00))
    yield sale
    gateways.remove(PROVIDER)


def refund(sale, minor: int):  # type: ignore[no-untyped-def]
    asked = in_one(
        lambda: request_refund(payment_id=sale.id, amount=usd(minor), reason="not as shown", by=HOUSE, at=clock.now())
    )
    send_refund(refund_id=asked.pk, by=HOUSE)  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_a_refund_takes_the_newest_payout_that_has_not_left_before_anything_is_owed(sold):
    older = ask(sold.creator_id, 30_00)
    newest = ask(sold.creator_id, 50_00)
    refund(sold, 50_00)
    assert (seen(newest).state, seen(older).state) == ("CANCELLED", "IN_ESCROW")
    assert (on("available", sold.creator_id), on("escrow", sold.creator_id)) == (10_00, 30_00)
    assert on("receivable", sold.creator_id) == 0
    assert "refund" in seen(newest).ended_reason


@pytest.mark.django_db
def test_what_is_there_already_is_taken_first_and_no_payout_ends(sold):
    payout = ask(sold.creator_id, 30_00)
    refund(sold, 50_00)
    assert seen(payout).state == "IN_ESCROW"
    assert on("available", sold.creator_id) == 10_00


@pytest.mark.django_db
def test_a_frozen_payout_stays_frozen_and_the_rest_is_owed(sold):
    payout = ask(sold.creator_id, 80_00)
    freeze_payout(payout_id=payout.pk, code="CHECK_IN_PROGRESS", by=HOUSE, at=clock.now())
    refund(sold, 50_00)
    assert seen(payout).state == "FROZEN"
    assert (on("escrow", sold.creator_id), on("receivable", sold.creator_id)) == (80_00, -40_00)


@pytest.mark.django_db
def test_a_lost_dispute_takes_it_too_but_not_what_was_held_for_it(sold):
    payout = ask(sold.creator_id, 60_00)
    dispute = open_dispute(
        payment_id=sold.id, provider_ref="cb-1", amount=usd(100_00), reason="fraud", by=HOUSE, at=clock.now()
    )
    available = get_balance(find_account(chart.creator("available", sold.creator_id, "USD")))  # type: ignore[arg-type]
    assert (available.posted, available.held) == (usd(20_00), usd(20_00))
    lose_dispute(dispute_id=dispute.pk, by=HOUSE, at=clock.now())
    assert seen(payout).state == "CANCELLED"
    assert (on("available", sold.creator_id), on("receivable", sold.creator_id)) == (0, 0)
    assert payment_of(sold).disputed_minor == 100_00
    assert Money(0, "USD") == usd(on("escrow", sold.creator_id))
