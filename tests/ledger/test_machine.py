"""Whatever is done in whatever order, the ledger and a ledger of dictionaries agree after every step."""

import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule, run_state_machine_as_test

from foundation import clock
from foundation.errors import Refusal
from foundation.ids import uuid7
from ledger.services import (
    capture_hold,
    close_account,
    close_period,
    expire_holds,
    lift_hold_reason,
    place_hold,
    post,
    post_many,
    raise_hold,
    reopen_account,
    void_hold,
)  # fmt: skip
from ledger.types import Posting
from ledger.verification.checks import CHECKS
from tests.cast import HOUSE
from tests.ledger.books import fees, rows, usd, wallet, world
from tests.ledger.model import Account, Books, Move, Refused

AMOUNTS = st.integers(1, 120)
ACCOUNTS = st.integers(0, 5)
NOON = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


class Ledger(RuleBasedStateMachine):
    moves, holds = Bundle("moves"), Bundle("holds")

    def __init__(self):
        super().__init__()
        self.savepoint = transaction.savepoint()
        self.ids = [wallet(), wallet(), wallet(), wallet(), world(), fees()]
        self.model = Books({id: Account(None if n > 3 else 0) for n, id in enumerate(self.ids)})
        for debit, credit in ((4, 0), (4, 1), (4, 2)):
            posting = self.posting(uuid7(), debit, credit, 200)
            post(posting)
            self.model.post(posting.id, Move(posting.debit, posting.credit, 200))

    def teardown(self):
        for check, statement in CHECKS.items():
            assert rows(statement) == [], check
        connection.needs_rollback = False
        transaction.savepoint_rollback(self.savepoint)

    def both(self, real, model):
        """The model and the ledger do the same, or refuse the same."""
        trial = copy.deepcopy(self.model)
        try:
            expected = model(trial)
        except Refused as refusal:
            with pytest.raises(Refusal), transaction.atomic():
                real()
            return refusal
        with transaction.atomic():
            answer = real()
        self.model = trial
        assert expected is None or answer == expected
        return answer

    def posting(self, id, debit, credit, amount, reverses=None):
        return Posting(id, self.ids[debit], self.ids[credit], usd(amount), "step", reverses=reverses)

    @rule(target=moves, debit=ACCOUNTS, credit=ACCOUNTS, amount=AMOUNTS)
    def pay(self, debit, credit, amount):
        credit = credit if credit != debit else (credit + 1) % 6
        id = uuid7()
        self.both(
            lambda: post(self.posting(id, debit, credit, amount)).is_new,
            lambda books: books.post(id, Move(self.ids[debit], self.ids[credit], amount)),
        )
        return id, debit, credit, amount

    @rule(legs=st.lists(st.tuples(ACCOUNTS, ACCOUNTS, AMOUNTS), min_size=2, max_size=5))
    def pay_together(self, legs):
        legs = [(uuid7(), d, c if c != d else (c + 1) % 6, amount) for d, c, amount in legs]

        def model(books):
            return [books.post(id, Move(self.ids[d], self.ids[c], amount)) for id, d, c, amount in legs]

        self.both(lambda: [posted.is_new for posted in post_many([self.posting(*leg) for leg in legs])], model)

    @rule(debit=ACCOUNTS, amount=AMOUNTS, days_ago=st.integers(1, 5))
    def pay_in_the_past(self, debit, amount, days_ago):
        id, credit = uuid7(), (debit + 1) % 6
        posting = replace(self.posting(id, debit, credit, amount), effective_at=NOON - timedelta(days=days_ago))
        move = Move(self.ids[debit], self.ids[credit], amount)
        self.both(lambda: post(posting).is_new, lambda books: books.post_into_the_past(id, move, days_ago))

    @rule(days_ago=st.integers(1, 6))
    def close_books(self, days_ago):
        before = NOON - timedelta(days=days_ago)
        self.both(lambda: close_period(before=before, by=HOUSE), lambda books: books.close_books(days_ago))

    @rule()
    def end_holds(self):
        clock.move_clock(ahead=timedelta(hours=2))
        self.both(lambda: set(expire_holds()), lambda books: books.end_holds())
        clock.move_clock(ahead=timedelta())

    @rule(target=holds, account=st.integers(0, 3), amount=AMOUNTS)
    def reserve_for_an_hour(self, account, amount):
        id, number, until = uuid7(), self.ids[account], clock.now() + timedelta(hours=1)
        self.both(
            lambda: place_hold(id=id, account_id=number, amount=usd(amount), expires_at=until).amount.minor,
            lambda books: books.place(id, number, amount, at_most=False, reason="", ends=True),
        )
        return id, account

    @rule(hold=holds, reason=st.sampled_from(["freeze:1", "freeze:2"]))
    def lift(self, hold, reason):
        if self.model.holds.get(hold[0]) and reason in self.model.holds[hold[0]].reasons:
            self.both(lambda: lift_hold_reason(hold_id=hold[0], reason=reason), lambda b: b.lift(hold[0], reason))

    @rule(move=moves, other_amount=st.booleans())
    def repeat(self, move, other_amount):
        id, debit, credit, amount = move
        amount += other_amount
        self.both(
            lambda: post(self.posting(id, debit, credit, amount)).is_new,
            lambda books: books.post(id, Move(self.ids[debit], self.ids[credit], amount)),
        )

    @rule(move=moves, amount=AMOUNTS)
    def take_back(self, move, amount):
        original, debit, credit, _ = move
        if original in self.model.moves:
            id = uuid7()
            self.both(
                lambda: post(self.posting(id, credit, debit, amount, original)).is_new,
                lambda books: books.post(id, Move(self.ids[credit], self.ids[debit], amount, original)),
            )

    @rule(
        target=holds, account=ACCOUNTS, amount=AMOUNTS, at_most=st.booleans(), reason=st.sampled_from(["", "freeze:1"])
    )
    def reserve(self, account, amount, at_most, reason):
        id, number = uuid7(), self.ids[account]
        self.both(
            lambda: (
                place_hold(id=id, account_id=number, amount=usd(amount), at_most=at_most, reason=reason).amount.minor
            ),
            lambda books: books.place(id, number, amount, at_most=at_most, reason=reason),
        )
        return id, account

    @rule(hold=holds, credit=ACCOUNTS, amount=AMOUNTS, keep=st.booleans())
    def capture(self, hold, credit, amount, keep):
        hold_id, account = hold
        if hold_id in self.model.holds and credit != account:
            id = uuid7()
            self.both(
                lambda: capture_hold(
                    hold_id=hold_id, posting=self.posting(id, account, credit, amount), is_rest_kept=keep
                ) and None,
                lambda books: books.capture(id, hold_id, Move(self.ids[account], self.ids[credit], amount), keep=keep),
            )  # fmt: skip

    @rule(hold=consumes(holds))
    def void(self, hold):
        if hold[0] in self.model.holds:
            self.both(lambda: void_hold(hold[0]), lambda books: books.void(hold[0]))

    @rule(hold=holds, amount=AMOUNTS, reason=st.sampled_from(["", "freeze:2"]))
    def reserve_more(self, hold, amount, reason):
        hold_id, _ = hold
        if hold_id not in self.model.holds:
            return

        def model(books):
            before = books.holds[hold_id]
            if before.state != "pending" and (before.state != "voided" or before.ends):
                raise Refused("hold")
            added = books.place(uuid7(), before.account, amount, at_most=False, reason="")
            books.holds.popitem()
            before.amount, before.state = before.amount + added, "pending"
            before.reasons |= {reason} - {""}
            return added

        self.both(
            lambda: raise_hold(id=uuid7(), hold_id=hold_id, amount=usd(amount), reason=reason).amount.minor, model
        )

    @rule(account=st.integers(0, 3))
    def close(self, account):
        number = self.ids[account]
        self.both(lambda: close_account(account_id=number, by=HOUSE, reason="x") and None, lambda b: b.close(number))

    @rule(account=st.integers(0, 3))
    def reopen(self, account):
        number = self.ids[account]
        with transaction.atomic():
            reopen_account(account_id=number, by=HOUSE, reason="x")
        self.model.accounts[number].is_open = True

    @invariant()
    def they_agree(self):
        accounts = rows(
            "SELECT account_id, sum(posted)::bigint, sum(held)::bigint, sum(version)::bigint, bool_and(is_open) "
            "FROM ledger_balance WHERE account_id = ANY(%s) GROUP BY 1",
            self.ids,
        )
        real = {
            "accounts": {id: tuple(rest) for id, *rest in accounts},
            "holds": {
                id: tuple(rest) for id, *rest in rows("SELECT id, amount, captured, released, state FROM ledger_hold")
            },
            "moves": rows("SELECT count(*) FROM ledger_transfer_key")[0][0],
        }
        assert real == self.model.state()
        assert sum(posted for _, posted, *_ in accounts) == 0


def test_the_ledger_and_its_model_agree(request):
    is_deep = request.config.getoption("--deep")
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            max_examples=20_000 if is_deep else 80,
            stateful_step_count=50 if is_deep else 30,
            deadline=None,
            derandomize=not is_deep,
            suppress_health_check=list(HealthCheck),
        ),
    )
