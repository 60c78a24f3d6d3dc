"""Flows that ask what a creator has and owes: refunds, clawback, debts, settling, payouts, credit, cards, tokens."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundation.errors import NotFound, PayloadMismatch
from foundation.ids import uuid7
from foundation.money import Money
from ledger import chart
from ledger.errors import InsufficientBalance, ReversedTooMuch
from ledger.flows import (
    authorise_card,
    cancel_payout,
    claw_back,
    clear_card,
    collect_debt,
    count_sale,
    freeze_all,
    freeze_part,
    held_for,
    lift_freeze,
    post_legs,
    record_sale,
    refund_sale,
    repay_credit,
    settle_earnings,
    spend_tokens,
    unfreeze_all,
)
from ledger.rules.flows import cards, credit, payouts, tokens
from ledger.rules.flows.refunds import FeePolicy
from ledger.rules.flows.sales import Product
from tests.ledger.books import usd
from tests.ledger.scenes import (
    MAYA,
    ROCKETGATE,
    SAM,
    boyfanz,
    held_on,
    house,
    legs,
    line,
    maya,
    month,
    on,
    put,
    revenue,
    sell,
    tax,
)


def test_a_sale_told_twice_is_booked_once():
    journal, sold = uuid7(), month()

    first = record_sale(journal_id=journal, sold=sold)
    again = record_sale(journal_id=journal, sold=sold)

    assert (first.is_new, again.is_new, first.legs) == (True, False, again.legs)
    assert (on(line("pending")), on(revenue()), on(tax()), on(ROCKETGATE)) == (16_00, 4_00, 3_80, -23_80)


def test_a_sale_told_differently_is_refused():
    journal = record_sale(journal_id=uuid7(), sold=month()).id
    with pytest.raises(PayloadMismatch):
        record_sale(journal_id=journal, sold=month(gross=usd(24_80)))
    with pytest.raises(PayloadMismatch):
        record_sale(journal_id=journal, sold=month(creator_id=SAM))
    assert on(line("pending")) == 16_00


def test_a_sale_repeated_after_a_debt_arose_changes_nothing():
    journal, sold = uuid7(), month()
    record_sale(journal_id=journal, sold=sold)
    claw_back(journal_id=uuid7(), creator_id=MAYA, amount=usd(20_00), into=house("suspense", "unmatched"))
    assert (on(line("pending")), on(maya("receivable"))) == (0, -4_00)

    assert not record_sale(journal_id=journal, sold=sold).is_new

    assert (on(line("pending")), on(maya("receivable"))) == (0, -4_00)


def test_new_earnings_fill_a_debt_first_on_every_way_in():
    claw_back(journal_id=uuid7(), creator_id=MAYA, amount=usd(20_00), into=house("suspense", "unmatched"))

    sell()
    assert (on(maya("receivable")), on(line("pending"))) == (-4_00, 0)
    sell()
    assert (on(maya("receivable")), on(line("pending"))) == (0, 12_00)


def test_a_creator_without_a_share_is_known_all_the_same():
    journal = sell(creator_basis_points=0)

    refund_sale(journal_id=uuid7(), sale_journal_id=journal, amount=usd(23_80), policy=FeePolicy.KEPT)

    assert (on(revenue()), on(tax()), on(ROCKETGATE), on(maya("receivable"))) == (20_00, 0, 0, -20_00)


def test_refunds_end_at_nil_and_never_exceed():
    journal = sell()
    for _ in range(3):
        refund_sale(journal_id=uuid7(), sale_journal_id=journal, amount=usd(7_93))
    with pytest.raises(ReversedTooMuch):
        refund_sale(journal_id=uuid7(), sale_journal_id=journal, amount=usd(2))

    refund_sale(journal_id=uuid7(), sale_journal_id=journal, amount=usd(1))

    assert [on(key) for key in (line("pending"), revenue(), tax(), ROCKETGATE, maya("receivable"))] == [0] * 5


def test_a_refund_told_twice_is_made_once_whatever_is_there_by_then():
    journal, refund = sell(), uuid7()
    refund_sale(journal_id=refund, sale_journal_id=journal, amount=usd(10_00))
    settle_earnings(journal_id=uuid7(), pending=line("pending"), amount=usd(5_00))

    again = refund_sale(journal_id=refund, sale_journal_id=journal, amount=usd(10_00))

    assert not again.is_new
    assert on(ROCKETGATE) == -13_80
    with pytest.raises(PayloadMismatch):
        refund_sale(journal_id=refund, sale_journal_id=journal, amount=usd(10_01))


def test_a_refund_of_nothing_known_is_refused():
    with pytest.raises(NotFound):
        refund_sale(journal_id=uuid7(), sale_journal_id=uuid7(), amount=usd(1))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    gross=st.integers(1, 100_000),
    tax_share=st.integers(0, 40),
    basis_points=st.integers(0, 10_000),
    parts=st.lists(st.integers(1, 30_000), max_size=5),
    policies=st.lists(st.sampled_from(FeePolicy), min_size=6, max_size=6),
)
def test_cents_are_conserved_however_a_sale_is_refunded(gross, tax_share, basis_points, parts, policies):
    sold = month(gross=usd(gross), tax=usd((gross - 1) * tax_share // 100), creator_basis_points=basis_points)
    watched = (ROCKETGATE, tax(), revenue(), line("pending"), maya("receivable"), line("earned"), house_sales())
    before = {key: on(key) for key in watched}
    journal = record_sale(journal_id=uuid7(), sold=sold).id
    left = gross
    for part, policy in zip([*parts, gross], policies, strict=False):
        amount = min(part, left)
        if amount:
            refund_sale(journal_id=uuid7(), sale_journal_id=journal, amount=usd(amount), policy=policy)
        left -= amount
    change = {key: on(key) - before[key] for key in watched}

    assert sum(change.values()) == 0
    assert change[ROCKETGATE] == -left
    assert change[line("earned")] == change[house_sales()] == 0
    if left == 0:
        assert change[tax()] == 0
        assert 0 <= change[revenue()] <= sold.parts[1].minor
        assert change[line("pending")] + change[maya("receivable")] == -change[revenue()]


def house_sales():
    return house("platform", "sales", platform=boyfanz(), source=Product.SUBSCRIPTION)


def test_money_is_taken_back_in_its_order():
    put(maya("available"), 5_00)
    put(line("pending", "tip"), 4_00)
    put(line("pending", "tip", "girlfanz"), 3_00)
    put(maya("reserve"), 2_00)
    put(maya("escrow"), 50_00)
    journal = sell(gross=usd(20_00), tax=usd(0))  # 16.00 pending subscriptions

    claw = claw_back(
        journal_id=uuid7(), creator_id=MAYA, amount=usd(31_00), into=house("suspense", "unmatched"),
        line=line("earned"),
    )  # fmt: skip

    assert legs(claw.id) == {"clawback.taken": 30_00, "clawback.owed": 1_00}
    assert (on(maya("available")), on(line("pending")), on(maya("reserve")), on(maya("escrow"))) == (0, 0, 0, 50_00)
    assert on(maya("receivable")) == -1_00
    cancel_payout(journal_id=uuid7(), creator_id=MAYA, amount=usd(50_00))
    assert (on(maya("receivable")), on(maya("available")), on(maya("escrow"))) == (0, 49_00, 0)
    assert journal


def test_frozen_money_is_not_taken_for_debts():
    put(maya("available"), 10_00)
    freeze_part(freeze_id=uuid7(), keys=[maya("available")], amount=usd(7_00), subject="all", reason="review")

    claw_back(journal_id=uuid7(), creator_id=MAYA, amount=usd(8_00), into=house("suspense", "unmatched"))

    assert (on(maya("available")), on(maya("receivable"))) == (7_00, -5_00)
    lift_freeze(keys=[maya("available")], subject="all", reason="review")
    collect_debt(journal_id=uuid7(), creator_id=MAYA, currency="USD")
    assert (on(maya("available")), on(maya("receivable"))) == (2_00, 0)


def test_a_part_is_frozen_where_it_lies_and_the_last_reason_lets_it_go():
    put(line("pending"), 12_00)
    put(maya("available"), 50_00)
    keys = [line("pending"), maya("available")]

    held = freeze_part(freeze_id=uuid7(), keys=keys, amount=usd(20_00), subject="payment-1", reason="fraud")
    freeze_part(freeze_id=uuid7(), keys=keys, amount=usd(20_00), subject="payment-1", reason="dispute")

    assert (held, held_on(line("pending")), held_on(maya("available"))) == (usd(20_00), 12_00, 8_00)
    with pytest.raises(InsufficientBalance):
        post_legs(journal_id=uuid7(), legs=payouts.request(MAYA, usd(42_01)))
    assert not lift_freeze(keys=keys, subject="payment-1", reason="fraud")
    assert held_on(maya("available")) == 8_00
    assert lift_freeze(keys=keys, subject="payment-1", reason="dispute")
    assert (held_on(line("pending")), held_on(maya("available"))) == (0, 0)
    assert held_for(maya("available"), "payment-1") == usd(0)


def test_money_is_frozen_again_after_a_freeze_was_lifted_but_not_by_a_late_repeat():
    put(maya("available"), 10_00)
    first, where = uuid7(), {"keys": [maya("available")], "subject": "payment-1", "reason": "fraud"}
    freeze_part(freeze_id=first, amount=usd(6_00), **where)
    lift_freeze(**where)

    freeze_part(freeze_id=first, amount=usd(6_00), **where)
    assert held_on(maya("available")) == 0
    for _ in range(2):
        second = uuid7()
        freeze_part(freeze_id=second, amount=usd(6_00), **where)
        freeze_part(freeze_id=second, amount=usd(6_00), **where)
        assert held_on(maya("available")) == 6_00
        lift_freeze(**where)
    assert held_on(maya("available")) == 0


def test_everything_is_frozen_once_per_wish_and_what_comes_later_is_free():
    put(line("pending"), 12_00)
    put(maya("available"), 50_00)
    keys, wish = [line("pending"), maya("available"), maya("reserve")], uuid7()
    freeze_part(freeze_id=uuid7(), keys=keys[1:2], amount=usd(20_00), subject="payment-1", reason="fraud")

    held = freeze_all(freeze_id=wish, keys=keys, reason="review")
    put(maya("available"), 5_00)
    again = freeze_all(freeze_id=wish, keys=keys, reason="review")

    assert (held, again) == (usd(42_00), usd(42_00))
    assert (held_on(line("pending")), held_on(maya("available"))) == (12_00, 50_00)
    with pytest.raises(InsufficientBalance):
        post_legs(journal_id=uuid7(), legs=payouts.request(MAYA, usd(5_01)))
    assert freeze_all(freeze_id=uuid7(), keys=keys, reason="police") == usd(47_00)
    assert not unfreeze_all(keys=keys, reason="review")
    assert held_on(maya("available")) == 55_00
    assert unfreeze_all(keys=keys, reason="police")
    assert (held_on(line("pending")), held_on(maya("available"))) == (0, 20_00)


def test_an_uncounted_share_waits_and_is_released_once():
    journal = sell(is_counted=False)
    refund_sale(journal_id=uuid7(), sale_journal_id=journal, amount=usd(11_90))
    assert (on(line("uncounted")), on(line("pending"))) == (8_00, 0)

    first, again = count_sale(sale_journal_id=journal), count_sale(sale_journal_id=journal)

    assert (first.is_new, again.is_new) == (True, False)
    assert (on(line("uncounted")), on(line("pending"))) == (0, 8_00)


def test_the_refund_of_a_released_sale_spares_what_still_waits():
    released, waiting = sell(is_counted=False), sell(is_counted=False)
    count_sale(sale_journal_id=released)

    refund_sale(journal_id=uuid7(), sale_journal_id=released, amount=usd(23_80))

    assert (on(line("uncounted")), on(line("pending"))) == (16_00, 0)
    assert waiting


def test_earnings_settle_with_a_reserve_and_never_more_than_is_free():
    sell()
    settle_earnings(journal_id=uuid7(), pending=line("pending"), amount=usd(16_00), reserve_basis_points=1_000)

    assert (on(maya("available")), on(maya("reserve"))) == (14_40, 1_60)
    with pytest.raises(InsufficientBalance):
        settle_earnings(journal_id=uuid7(), pending=line("pending"), amount=usd(1))


def test_an_instalment_takes_at_most_what_is_owed_and_there():
    post_legs(journal_id=uuid7(), legs=credit.disburse(MAYA, usd(100_00), usd(5_00)))
    owed = credit.receivable(MAYA, "USD")

    repay_credit(journal_id=uuid7(), creator_id=MAYA, wanted=usd(60_00))
    assert (on(owed), on(maya("available"))) == (-45_00, 40_00)
    repay_credit(journal_id=uuid7(), creator_id=MAYA, wanted=usd(60_00))
    assert (on(owed), on(maya("available"))) == (-5_00, 0)
    put(maya("available"), 20_00)
    repay_credit(journal_id=uuid7(), creator_id=MAYA, wanted=usd(60_00))
    assert (on(owed), on(maya("available"))) == (0, 15_00)


def test_a_card_purchase_is_held_and_cleared_once():
    put(cards.spendable(SAM, "USD"), 40_00)
    hold, journal = uuid7(), uuid7()
    authorise_card(hold_id=hold, party_id=SAM, amount=usd(30_00))
    with pytest.raises(InsufficientBalance):
        authorise_card(hold_id=uuid7(), party_id=SAM, amount=usd(10_01))

    first = clear_card(journal_id=journal, hold_id=hold, party_id=SAM, amount=usd(33_00))
    again = clear_card(journal_id=journal, hold_id=hold, party_id=SAM, amount=usd(33_00))

    assert (first.is_new, again.is_new) == (True, False)
    assert (on(cards.spendable(SAM, "USD")), held_on(cards.spendable(SAM, "USD"))) == (7_00, 0)
    assert on(cards.settlement("USD")) == 33_00


def test_tokens_are_always_backed():
    def fzt(count):
        return Money(count, chart.TOKEN)

    flow = tokens.token_float("USD")
    post_legs(journal_id=uuid7(), legs=tokens.mint(SAM, fzt(100), usd(9_99), ROCKETGATE))
    worth = tokens.value_of(fzt(30), fzt(100), usd(9_99))
    tip = month(product=Product.TIP, gross=worth, tax=usd(0), paid_from=flow)
    journal = uuid7()

    spend_tokens(journal_id=journal, fan_id=SAM, spent=fzt(30), sold=tip)
    spend_tokens(journal_id=journal, fan_id=SAM, spent=fzt(30), sold=tip)

    assert worth == usd(3_00)
    assert (on(flow), on(line("pending", "tip")), on(revenue("tip"))) == (6_99, 2_40, 60)
    with pytest.raises(InsufficientBalance):
        spend_tokens(journal_id=uuid7(), fan_id=SAM, spent=fzt(71), sold=tip)
    assert tokens.value_of(fzt(70), fzt(70), usd(6_99)) == usd(6_99)
