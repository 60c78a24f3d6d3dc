"""Booking what happened. Each verb is one journal, told twice and posted once.

A flow whose legs depend on nothing but its figures is posted by `post_legs(journal_id=…, legs=wallet.top_up(…))`;
those that ask what a creator has or owes, or touch a hold, are verbs here.
"""

from ledger.flows.cards import authorise_card, clear_card
from ledger.flows.crypto import receive_coins, undo_coins, use_coins
from ledger.flows.disputes import (
    dispute_top_up,
    hold_disputed,
    lose_dispute,
    lose_top_up_dispute,
    open_dispute,
    read_dispute,
    win_dispute,
    win_top_up_dispute,
)
from ledger.flows.earnings import (
    cancel_payout,
    claw_back,
    collect_debt,
    fail_payout,
    give_withheld_back,
    release_reserve,
    repay_credit,
    return_payout,
    settle_earnings,
)
from ledger.flows.freezes import freeze_all, freeze_part, held_for, held_for_each, lift_freeze, unfreeze_all
from ledger.flows.journal import Journal, Standing, lock_creator, moved, post_journals, post_legs
from ledger.flows.refunds import refund_sale
from ledger.flows.sales import count_sale, read_sold, record_sale, record_sales, spend_tokens
from ledger.flows.settling import settle_lines

__all__ = [
    "Journal", "Standing", "authorise_card", "cancel_payout", "claw_back", "clear_card", "collect_debt", "count_sale",
    "dispute_top_up", "fail_payout", "freeze_all", "freeze_part", "give_withheld_back", "held_for",
    "held_for_each", "hold_disputed", "lift_freeze",
    "lock_creator", "lose_dispute", "lose_top_up_dispute", "moved", "open_dispute",
    "post_journals", "post_legs", "read_dispute",
    "read_sold", "receive_coins", "record_sale", "record_sales", "refund_sale", "release_reserve", "repay_credit",
    "return_payout", "settle_earnings", "settle_lines", "spend_tokens", "undo_coins", "unfreeze_all", "use_coins",
    "win_dispute", "win_top_up_dispute",
]  # fmt: skip
