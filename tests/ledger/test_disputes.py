"""Disputes: no money twice, the creator's part held, won and lost to the cent."""

import pytest

from foundation.errors import Conflict
from foundation.ids import uuid7
from ledger import chart
from ledger.errors import ReversedTooMuch
from ledger.flows import (
    dispute_top_up,
    lose_dispute,
    lose_top_up_dispute,
    open_dispute,
    post_legs,
    refund_sale,
    settle_earnings,
    win_dispute,
    win_top_up_dispute,
)
from ledger.rules.flows import payouts, wallet
from ledger.rules.flows.refunds import FeePolicy
from tests.ledger.books import usd
from tests.ledger.scenes import MAYA, ROCKETGATE, SAM, held_on, line, maya, on, put, revenue, sell, tax

DISPUTED, FEES, LOSS = (chart.chargeback(purpose, "rocketgate", "USD") for purpose in ("disputed", "fees", "loss"))


def opened(sale, disputed=23_80, **more):
    return open_dispute(
        journal_id=uuid7(), sale_journal_id=sale, disputed=usd(disputed), fee=usd(15_00), **more
    ).id  # fmt: skip


def test_what_is_disputed_cannot_be_refunded_as_well():
    sale = sell()
    opened(sale, 20_00)

    with pytest.raises(ReversedTooMuch):
        refund_sale(journal_id=uuid7(), sale_journal_id=sale, amount=usd(3_81))

    refund_sale(journal_id=uuid7(), sale_journal_id=sale, amount=usd(3_80))
    assert on(DISPUTED) == -20_00


def test_the_creators_part_is_held_where_it_lies():
    sale = sell()
    settle_earnings(journal_id=uuid7(), pending=line("pending"), amount=usd(10_00))

    opened(sale)

    assert (held_on(line("pending")), held_on(maya("available"))) == (6_00, 10_00)


def test_a_lost_dispute_takes_the_sale_apart():
    sale = sell()
    dispute = opened(sale)
    end = {"journal_id": uuid7(), "sale_journal_id": sale, "dispute_journal_id": dispute}

    first, again = lose_dispute(**end), lose_dispute(**end)

    assert (first.is_new, again.is_new) == (True, False)
    assert [on(key) for key in (line("pending"), revenue(), tax(), DISPUTED)] == [0] * 4
    assert (on(FEES), on(ROCKETGATE), held_on(line("pending"))) == (-15_00, 15_00, 0)
    with pytest.raises(Conflict):
        win_dispute(journal_id=uuid7(), sale_journal_id=sale, dispute_journal_id=dispute)
    with pytest.raises(ReversedTooMuch):
        refund_sale(journal_id=uuid7(), sale_journal_id=sale, amount=usd(1))


def test_what_the_creator_does_not_have_is_owed():
    sale = sell()
    dispute = opened(sale, policy=FeePolicy.KEPT)
    assert held_on(line("pending")) == 16_00

    lose_dispute(
        journal_id=uuid7(), sale_journal_id=sale, dispute_journal_id=dispute, policy=FeePolicy.KEPT,
        fee_borne=usd(15_00),
    )  # fmt: skip

    assert (on(line("pending")), on(maya("receivable")), on(revenue()), on(FEES)) == (0, -19_00, 4_00, 0)


def test_a_won_dispute_gives_everything_back_and_can_be_refunded_and_disputed_again():
    sale = sell()
    dispute, won = opened(sale), uuid7()
    for _ in range(2):
        win_dispute(journal_id=won, sale_journal_id=sale, dispute_journal_id=dispute)

    assert (on(line("pending")), held_on(line("pending")), on(DISPUTED), on(ROCKETGATE)) == (16_00, 0, 0, -8_80)
    with pytest.raises(ReversedTooMuch):
        refund_sale(journal_id=uuid7(), sale_journal_id=sale, amount=usd(1_00))
    refund_sale(journal_id=uuid7(), sale_journal_id=sale, amount=usd(11_90), paid_again=[won])
    again = opened(sale, 11_90, paid_again=[won])
    lose_dispute(journal_id=uuid7(), sale_journal_id=sale, dispute_journal_id=again)

    assert [on(key) for key in (line("pending"), revenue(), tax(), DISPUTED)] == [0] * 4
    assert (on(FEES), on(ROCKETGATE)) == (-30_00, 30_00)


@pytest.mark.parametrize("is_won", [True, False])
def test_what_became_owed_while_it_was_held_is_filled_when_the_dispute_is_over(is_won):
    sale, other = sell(), sell()
    dispute, journal = opened(sale), uuid7()
    settle_earnings(journal_id=uuid7(), pending=line("pending"), amount=usd(16_00))
    post_legs(journal_id=uuid7(), legs=payouts.request(MAYA, usd(16_00)))
    refund_sale(journal_id=uuid7(), sale_journal_id=other, amount=usd(11_90))
    assert (on(line("pending")), on(maya("receivable"))) == (16_00, -8_00)

    end = win_dispute if is_won else lose_dispute
    for _ in range(2):
        end(journal_id=journal, sale_journal_id=sale, dispute_journal_id=dispute)

    assert (on(line("pending")), on(maya("receivable"))) == ((8_00, 0) if is_won else (0, -8_00))


def test_a_bank_that_takes_what_was_refunded_causes_our_loss():
    sale = sell()
    refund_sale(journal_id=uuid7(), sale_journal_id=sale, amount=usd(23_80))
    dispute = opened(sale)
    assert (on(DISPUTED), held_on(line("pending"))) == (-23_80, 0)

    lose_dispute(journal_id=uuid7(), sale_journal_id=sale, dispute_journal_id=dispute)

    assert (on(LOSS), on(DISPUTED), on(line("pending")), on(maya("receivable"))) == (-23_80, 0, 0, 0)


def test_what_was_paid_from_a_wallet_is_not_disputed_as_a_sale():
    put(chart.wallet(SAM, "USD"), 30_00)
    sale = sell(paid_from=chart.wallet(SAM, "USD"))
    with pytest.raises(Conflict):
        opened(sale)


@pytest.mark.parametrize("is_won", [True, False])
def test_a_disputed_top_up_holds_the_wallet(is_won):
    purse = chart.wallet(SAM, "USD")
    top_up = post_legs(journal_id=uuid7(), legs=wallet.top_up(SAM, usd(50_00), ROCKETGATE)).id
    sell(paid_from=purse)
    dispute = dispute_top_up(journal_id=uuid7(), top_up_journal_id=top_up, disputed=usd(50_00), fee=usd(15_00)).id
    assert (on(purse), held_on(purse), on(DISPUTED)) == (26_20, 26_20, -50_00)

    end = win_top_up_dispute if is_won else lose_top_up_dispute
    journal = uuid7()
    for _ in range(2):
        end(journal_id=journal, top_up_journal_id=top_up, dispute_journal_id=dispute)

    assert (on(purse), held_on(purse), on(DISPUTED), on(LOSS)) == ((26_20, 0, 0, 0) if is_won else (0, 0, 0, -23_80))
