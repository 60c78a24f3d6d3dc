"""What providers tell, in every order: the same end, once."""

from itertools import permutations

import pytest

from foundation import clock
from foundation.money import Money
from ledger.selectors import list_lines
from processors.gateways.types import Code, EventKind, NextAction, Outcome, Result
from processors.payments.giving_back import Dispute, Refund
from processors.payments.models import Payment
from processors.payments.services import apply_told, ask_about, expire_due, repair_payment
from processors.payments.states import PaymentState
from processors.payments.types import Applied, NeedsQuery, Parked, Stale
from tests.cast import HOUSE
from tests.processors.payments.test_giving_back import give_back, given_back
from tests.processors.payments.till import bought, later, payment_of, told, topics, usd

pytestmark = pytest.mark.django_db
K, P = EventKind, PaymentState


def apply(row, **more):
    return apply_told(told=row, by=HOUSE, at=clock.now(), **more)


def on_a_page(till, minor=20_00):
    till.will(Outcome(Result.ACTION_REQUIRED, action=NextAction("redirect", url="https://pay.example")))
    return bought(minor, token="")


def ref(view):
    return f"{view.id.hex}-1"


def deliver(rows, *, rounds=4):
    """As the webhooks room does: what is parked comes round again."""
    waiting = list(rows)
    for _ in range(rounds):
        waiting = [row for row in waiting if not isinstance(settled(row), Applied | Stale)]
        if not waiting:
            return
    raise AssertionError(f"still waiting: {[row.kind for row in waiting]}")


def settled(row):
    answer = apply(row)
    return apply(row, asked=ask_about(told=row)) if isinstance(answer, NeedsQuery) else answer


def standing(view):
    """State, sums, and what stands on every account."""
    row = payment_of(view)
    refunds = sorted(Refund.objects.filter(payment=row).values_list("state", "amount_minor", "origin"))
    disputes = sorted(Dispute.objects.filter(payment=row).values_list("state", "amount_minor"))
    return row.state, row.captured_minor, given_back(view), refunds, disputes


@pytest.mark.parametrize("order", list(permutations(range(5))), ids=lambda order: "".join(map(str, order)))
def test_five_events_of_one_payment_end_the_same_in_any_order(till, order):
    view = on_a_page(till)
    named = {"reference": ref(view)}
    rows = [
        told(K.PENDING, 2000, **named),
        told(K.CHARGED, 2000, **named),
        told(K.REFUNDED, 500, provider_ref="r-1", **named),
        told(K.REFUNDED, 700, provider_ref="r-2", **named),
        told(K.CHARGEBACK, 750, provider_ref="cb-1", **named),
    ]
    till.charged[ref(view)] = usd(2000)

    deliver([rows[place] for place in order])

    assert standing(view) == (
        "CAPTURED", 2000, (1200, 750, False),
        [("SUCCEEDED", 500, "provider"), ("SUCCEEDED", 700, "provider")], [("OPENED", 750)],
    )  # fmt: skip
    balances = {(line.kind, line.purpose): line.posted.minor for line in list_lines() if line.posted.minor}
    assert balances[("processor", "clearing")] == -(2000 - 500 - 700 - 750)
    for row in rows:
        assert isinstance(settled(row), Stale), row.kind
    assert len(topics("txn.capture")) == 1


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_charge_void_and_decline_end_the_same_in_any_order(till, order):
    view = on_a_page(till)
    named = {"reference": ref(view)}
    rows = [told(K.CHARGED, 2000, **named), told(K.VOIDED, 2000, **named), told(K.DECLINED, 2000, **named)]
    deliver([rows[place] for place in order])
    assert standing(view) == ("VOIDED", 2000, (2000, 0, False), [("SUCCEEDED", 2000, "provider")], [])


@pytest.mark.parametrize("order", list(permutations((K.EXPIRED, K.CANCELLED, K.DECLINED, K.PENDING))))
def test_ends_without_money_agree_on_the_strongest(till, order):
    view = on_a_page(till)
    for kind in order:
        apply(told(kind, reference=ref(view)))
    row = payment_of(view)
    assert row.state == P.DECLINED
    apply(told(K.CHARGED, 2000, reference=ref(view)))
    assert payment_of(view).state == P.CAPTURED


def test_money_that_comes_after_the_end_is_taken(till):
    view = on_a_page(till)
    later(hours=30)
    assert expire_due(by=HOUSE) == 1
    assert isinstance(apply(told(K.CHARGED, 2000, reference=ref(view))), Applied)
    assert payment_of(view).state == P.CAPTURED


def test_what_is_not_proved_only_makes_us_ask(till):
    view = on_a_page(till)
    claim = told(K.CHARGED, 2000, proved=False, reference=ref(view))
    assert apply(claim) == NeedsQuery(view.id, "not proved")
    till.will(Outcome(Result.ACTION_REQUIRED))
    apply(claim, asked=ask_about(told=claim))
    assert payment_of(view).state == P.REQUIRES_ACTION
    till.charged[ref(view)] = usd(2000)
    assert isinstance(settled(claim), Applied)
    assert payment_of(view).state == P.CAPTURED


@pytest.mark.parametrize("kind", [K.REFUNDED, K.CHARGEBACK, K.VOIDED])
def test_a_forged_word_of_money_given_back_changes_nothing(till, kind):
    view = bought(20_00)
    forged = told(kind, 2000, proved=False, reference=ref(view))
    assert isinstance(settled(forged), Stale)
    assert till.calls[-1] == "confirm"
    till.will(Outcome(Result.UNKNOWN))
    assert isinstance(settled(forged), Parked)
    assert given_back(view) == (0, 0, False)
    till.will(Outcome(Result.APPROVED))
    assert isinstance(settled(forged), Applied)


def test_another_amount_told_is_parked_and_alarms(till):
    view = on_a_page(till)
    assert isinstance(apply(told(K.CHARGED, 1999, reference=ref(view))), Parked)
    assert payment_of(view).state == P.UNKNOWN
    assert topics("txn.alarm") == ["txn.alarm"]


def test_nobody_knows_it_yet(till):
    for kind in (K.CHARGED, K.REFUNDED, K.CHARGEBACK, K.RENEWED, K.SUBSCRIPTION_CANCELLED):
        assert isinstance(apply(told(kind, 2000, reference="nobody-1", subscription_ref="s-0")), Parked)
    assert isinstance(apply(told(K.OTHER)), Applied)


def test_it_is_found_by_any_of_its_names(till):
    by_reference, by_number = bought(20_00), bought(20_00)
    apply(told(K.REFUNDED, 100, reference=ref(by_reference)))
    apply(told(K.REFUNDED, 200, provider_ref=f"t{ref(by_number)}"))
    assert (given_back(by_reference)[0], given_back(by_number)[0]) == (100, 200)


def test_the_word_on_our_own_refund_is_not_a_second_one(till):
    view = bought(20_00)
    till.will(Outcome(Result.APPROVED), Outcome(Result.UNKNOWN))
    give_back(view, 500)
    under_way = give_back(view, 600)
    assert isinstance(apply(told(K.REFUNDED, 500, reference=ref(view), provider_ref="p-1")), Applied)
    assert isinstance(apply(told(K.REFUNDED, 600, reference=ref(view), provider_ref="p-2")), Applied)
    assert Refund.objects.get(pk=under_way.id).state == "SUCCEEDED"
    assert isinstance(apply(told(K.REFUNDED, 600, reference=ref(view), provider_ref="p-2")), Stale)
    assert (given_back(view), Refund.objects.count()) == ((1100, 0, False), 2)
    assert isinstance(apply(told(K.REFUNDED, 500, reference=ref(view), provider_ref="p-3")), Applied)
    assert (given_back(view), Refund.objects.count()) == ((1600, 0, False), 3)


def test_a_late_word_on_a_refund_is_not_taken_for_one_like_it_that_never_came(till):
    view = bought(20_00)
    till.will(Outcome(Result.APPROVED), Outcome(Result.UNKNOWN))
    given, never_came = give_back(view, 500), give_back(view, 500)
    assert isinstance(apply(told(K.REFUNDED, 500, reference=ref(view), provider_ref="p-1")), Applied)
    assert Refund.objects.get(pk=given.id).provider_ref == "p-1"
    assert Refund.objects.get(pk=never_came.id).state == "UNKNOWN"
    assert isinstance(apply(told(K.REFUNDED, 500, reference=ref(view), provider_ref="p-2")), Applied)
    assert Refund.objects.get(pk=never_came.id).state == "SUCCEEDED"
    assert (given_back(view), Refund.objects.count()) == ((1000, 0, False), 2)


def test_a_refund_the_provider_gives_on_disputed_money_is_flagged(till):
    view = bought(20_00)
    apply(told(K.CHARGEBACK, 2000, reference=ref(view)))
    apply(told(K.REFUNDED, 2000, reference=ref(view)))
    assert given_back(view) == (2000, 2000, True)
    assert topics("txn.alarm")


def test_a_failed_refund_told_of_frees_its_amount(till):
    view = bought(20_00)
    till.will(Outcome(Result.PENDING, provider_ref="p-9"))
    give_back(view, 2000)
    assert isinstance(apply(told(K.REFUND_FAILED, 2000, provider_ref="p-9")), Applied)
    assert given_back(view) == (0, 0, False)


def test_a_refund_that_failed_after_it_was_booked_calls_a_person(till):
    view = bought(20_00)
    till.will(Outcome(Result.APPROVED), Outcome(Result.UNKNOWN))
    for _ in range(2):
        give_back(view, 500)
    assert isinstance(apply(told(K.REFUNDED, 500, reference=ref(view), provider_ref="p-1")), Applied)
    assert topics("txn.alarm") == []
    assert isinstance(apply(told(K.REFUND_FAILED, 500, reference=ref(view), provider_ref="p-1")), Stale)
    assert topics("txn.alarm") == ["txn.alarm"]
    assert given_back(view) == (1000, 0, False)


def test_the_answer_after_the_word_changes_nothing(till):
    """The webhook is faster than the answer to our own call."""
    said = []

    def word_first():
        payment = Payment.objects.get()
        said.append(apply(told(K.CHARGED, 2000, reference=f"{payment.pk.hex}-1")))
        return Outcome(Result.APPROVED, provider_ref="late", amount=Money(2000, "USD"))

    till.will(word_first)
    view = bought(20_00)
    assert isinstance(said[0], Applied)
    assert view.state == "CAPTURED"
    assert topics("txn.capture") == ["txn.capture"]
    attempt = payment_of(view).attempts.get()
    assert attempt.state == "REPAIRED"
    assert attempt.provider_ref == "late"


def test_repair_and_word_agree(till):
    till.will(Outcome(Result.UNKNOWN))
    view = bought(20_00)
    assert isinstance(apply(told(K.DECLINED, reference=ref(view), facts={"code": str(Code.DO_NOT_HONOR)})), Applied)
    assert repair_payment(payment_id=view.id, by=HOUSE).state == "DECLINED"


def test_a_chargeback_whose_sale_was_never_told_finds_it_by_asking(till):
    view = on_a_page(till)
    till.charged[ref(view)] = usd(2000)
    assert isinstance(settled(told(K.CHARGEBACK, 2000, reference=ref(view))), Applied)
    assert (payment_of(view).state, given_back(view)) == ("CAPTURED", (0, 2000, False))


def test_refunds_under_the_number_of_their_charge_are_told_apart_by_their_news(till):
    view = on_a_page(till)
    number = {"facts": {"transaction_ref": "tx-1"}}
    parts = [told(K.REFUNDED, minor, provider_ref="tx-1", reference=ref(view), **number) for minor in (500, 500)]
    apply(told(K.CHARGED, 2000, reference=ref(view), **number))
    assert [type(apply(part)) for part in parts] == [Applied, Applied]
    assert given_back(view) == (1000, 0, False)
    by_number = told(K.CHARGEBACK, 700, provider_ref="tx-1", **number)
    assert apply(by_number).payment_id == view.id


def test_the_unproved_word_on_a_refund_we_know_is_stale_without_a_second_one(till):
    view = bought(20_00)
    till.will(Outcome(Result.APPROVED))
    give_back(view, 500)
    assert isinstance(settled(told(K.REFUNDED, 500, proved=False, reference=ref(view))), Stale)
    assert (given_back(view), Refund.objects.count()) == ((500, 0, False), 1)
