"""What comes back: whole, less a bank's charge, or without a word of the rail; the creator has all of it again."""

from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from foundation import clock
from foundation.approvals.models import Approval
from foundation.approvals.services import approve
from foundation.audit.models import AuditRecord
from foundation.errors import Conflict, Forbidden, Unprocessable
from foundation.money import Money
from foundation.notifications.models import Notification
from ledger import chart
from ledger.selectors import find_account, get_balance
from payouts.life.models import PayoutBatch
from payouts.life.rules.amounts import kept_on_return
from payouts.life.services import apply_rail, ask_return, read_reports, release_due, request_payout, send_due
from payouts.life.services.batches import choose, repair_files
from payouts.life.services.held import journal
from processors.gateways.rails.types import RailOutcome, RailResult
from tests.cast import HOUSE, actor, signed_in, staff
from tests.ledger.books import usd
from tests.payouts.conftest import in_place_of
from tests.payouts.life.test_files import banked, run
from tests.payouts.scene import (
    Desk,
    creator,
    fund,
    instruction_of,
    later,
    legs,
    method_of,
    on,
    open_desk,
    queued,
    seen,
    topics,
)

pytestmark = pytest.mark.django_db
R = RailResult


def ours(purpose, rail="ach"):
    account = find_account(chart.bank(purpose, rail, "USD"))
    return -get_balance(account).posted.minor if account else 0


def returned(bank, payout, minor):
    bank.tell(instruction_of(payout).reference, R.RETURNED, code="R03", amount=usd(minor))
    for _ in range(2):
        read_reports(rail="ach", by=HOUSE)
    return seen(payout)


def vote(approval, name):
    approve(
        approval_id=approval.pk, seen_hash=approval.change_hash, reason="on the statement", by=actor(staff(name)),
        at=clock.now(),
    )  # fmt: skip
    approval.refresh_from_db()
    return approval.state


@pytest.mark.parametrize("was_paid", [True, False])
def test_a_bank_keeps_a_charge_and_the_creator_has_all_of_it_again(bank, was_paid):
    (payout,) = banked(1)
    run()
    if was_paid:
        bank.tell(PayoutBatch.objects.get().reference, R.PAID)
        read_reports(rail="ach", by=HOUSE)
    assert returned(bank, payout, 95_00).state == "RETURNED"
    assert (on("available", payout.creator_id), on("in_transit", payout.creator_id)) == (100_00, 0)
    assert (ours("cash"), ours("fees")) == (-5_00, 5_00)
    assert instruction_of(payout).rail_fee_minor == 5_00
    assert (topics("payout.returned"), topics("payout.alarm")) == (["payout.returned"], [])


@pytest.mark.parametrize("minor", [100_01, 49_99, 1])
def test_more_than_was_sent_or_less_than_a_charge_explains_is_a_persons(bank, minor):
    fred, (payout,) = staff("fred"), banked(1)
    run()
    assert returned(bank, payout, minor).state == "PROCESSING"
    assert (on("available", payout.creator_id), ours("cash"), ours("fees")) == (0, 0, 0)
    (told,) = Notification.objects.filter(recipient=fred, notice="payout.alarm")
    assert told.path == f"/ops/payouts/{payout.pk}"


def test_only_a_return_may_name_less(bank):
    (payout,) = banked(1)
    run()
    bank.tell(instruction_of(payout).reference, R.PAID, amount=usd(95_00))
    read_reports(rail="ach", by=HOUSE)
    assert seen(payout).state == "PROCESSING"


@pytest.mark.parametrize(
    ("sent", "came", "kept"),
    [(100_00, 99_99, 1), (100_00, 50_00, 50_00), (100_00, 49_99, None), (30_00, 0, None), (100_00, 100_00, None)],
)
def test_what_counts_as_a_charge(sent, came, kept):
    assert kept_on_return(usd(sent), usd(came)) == (None if kept is None else usd(kept))


def paid():
    payout = queued(100_00)
    send_due(rail="paxum", by=HOUSE)
    assert seen(payout).state == "PAID"
    return payout


def ask_back(payout, minor, name="fred"):
    by = actor(staff(name))
    instruction_id = instruction_of(payout).pk
    return ask_return(instruction_id=instruction_id, came=usd(minor), proof="statement 7/12", by=by, at=clock.now())


def test_a_return_no_rail_tells_is_booked_when_a_second_person_agrees(desk):
    payout = paid()
    instruction, before = instruction_of(payout), on("available", payout.creator_id)
    cash, fees = ours("cash", "paxum"), ours("fees", "paxum")
    approval = ask_back(payout, 40_00)
    assert "40.00 USD of 99.00 USD" in approval.title
    assert approval.amount == usd(99_00)
    assert (seen(payout).state, on("available", payout.creator_id)) == ("PAID", before)
    with pytest.raises((Conflict, Forbidden)):
        vote(approval, "fred")
    assert vote(approval, "petra") == "APPLIED"
    assert (seen(payout).state, on("available", payout.creator_id)) == ("RETURNED", before + 99_00)
    assert (ours("cash", "paxum") - cash, ours("fees", "paxum") - fees) == (40_00, 59_00)
    assert instruction_of(payout).rail_fee_minor == instruction.rail_fee_minor + 59_00
    deed = AuditRecord.objects.get(action="payout.returned_by_hand")
    assert (deed.subject_id, deed.facts["came_minor"]) == (str(payout.pk), 40_00)
    apply_rail(instruction_id=instruction.pk, outcome=RailOutcome(R.RETURNED), by=HOUSE, at=clock.now())
    assert on("available", payout.creator_id) == before + 99_00


def test_told_by_the_rail_meanwhile_the_agreement_books_nothing(desk):
    payout = paid()
    approval = ask_back(payout, 99_00)
    apply_rail(instruction_id=instruction_of(payout).pk, outcome=RailOutcome(R.RETURNED), by=HOUSE, at=clock.now())
    had = on("available", payout.creator_id)
    assert (vote(approval, "petra"), on("available", payout.creator_id)) == ("FAILED", had)


def test_more_than_was_sent_is_not_asked_for(desk):
    with pytest.raises(Unprocessable):
        ask_back(paid(), 99_01)
    assert not Approval.objects.exists()


def test_what_never_left_does_not_come_back(bank):
    (payout,) = banked(1)
    choose("ach", "USD", 10, HOUSE)
    with pytest.raises(Conflict):
        ask_back(payout, 100_00)
    assert not Approval.objects.exists()


def test_what_may_be_handed_over_again_does_not_come_back(bank):
    payouts = banked(2)
    bank.answers = [RailOutcome(R.NOT_SENT)]
    run()
    assert {seen(payout).state for payout in payouts} == {"SENT"}
    with pytest.raises(Conflict):
        ask_back(payouts[0], 100_00)
    assert not Approval.objects.exists()


def test_a_file_nobody_knows_of_is_ended_by_two_people_once_it_is_not_asked_about_any_more(bank, monkeypatch):
    first, second = banked(2)
    bank.answers = [RailOutcome(R.UNKNOWN, code="DUPLICATE", text="it was here before")]
    run()
    with pytest.raises(Conflict):
        ask_back(first, 100_00)
    monkeypatch.setattr(bank, "status", lambda *_, **__: RailOutcome(R.UNKNOWN))
    for hours in (1, 2, 3, 5, 12, 40, 80):
        later(hours=300 + hours)
        repair_files(by=HOUSE)
    assert PayoutBatch.objects.get().repair_at is None
    assert vote(ask_back(first, 100_00), "petra") == "APPLIED"
    assert (seen(first).state, on("available", first.creator_id)) == ("RETURNED", 100_00)
    assert (seen(second).state, PayoutBatch.objects.get().state) == ("SENT", "TRANSMITTED")
    vote(ask_back(second, 100_00), "petra")
    assert PayoutBatch.objects.get().state == "SETTLED"


@pytest.mark.parametrize(
    ("said", "alarms"),
    [
        ((R.PAID, {}), 1),
        ((R.REFUSED, {}), 1),
        ((R.RETURNED, {"amount": usd(97_00)}), 1),
        ((R.RETURNED, {"amount": usd(98_00)}), 0),
    ],
)
def test_a_rail_that_says_another_thing_than_two_people_said_calls_finance(bank, said, alarms):
    (payout,) = banked(1)
    run()
    assert vote(ask_back(payout, 98_00), "petra") == "APPLIED"
    assert (seen(payout).state, on("available", payout.creator_id)) == ("RETURNED", 100_00)
    bank.tell(instruction_of(payout).reference, said[0], **said[1])
    read_reports(rail="ach", by=HOUSE)
    assert topics("payout.alarm") == ["payout.alarm"] * alarms
    assert (seen(payout).state, on("available", payout.creator_id)) == ("RETURNED", 100_00)


def test_support_does_not_ask_for_it(desk):
    with pytest.raises(Forbidden):
        ask_back(paid(), 99_00, "susi")


def test_asked_for_on_the_page_with_what_banks_kept(desk):
    payout = paid()
    fred = signed_in(Client(), staff("fred"))
    url = reverse("ops:payout_returned", args=[payout.pk])
    assert url in fred.get(reverse("ops:payout", args=[payout.pk])).content.decode()
    assert 'value="99.00"' in fred.get(url).content.decode()
    assert fred.post(url, {"came": "99.01", "proof": "statement 7"}).status_code == 200
    assert fred.post(url, {"came": "94.00", "proof": ""}).status_code == 200
    assert not Approval.objects.exists()
    answer = fred.post(url, {"came": "94.00", "proof": "statement 7"})
    approval = Approval.objects.get()
    assert answer.url == reverse("ops:approval", args=[approval.pk])
    shown = fred.get(answer.url).content.decode()
    assert "Charge of banks, ours to bear" in shown
    assert "5.00 USD" in shown
    vote(approval, "petra")
    assert legs_of_return(payout) == {"payout.returned": 99_00, "payout.rail_fee": 5_00}
    assert fred.get(url).content.decode().count("is not told by a person") == 1


def legs_of_return(payout):
    return legs(journal("returned", instruction_of(payout).pk))


class CoinDesk(Desk):
    capabilities = replace(Desk.capabilities, rail="crypto", currencies=frozenset({"BTC"}), least_minor={})


def test_coins_that_came_back_call_a_person_and_two_book_them(desk):
    maya = creator()
    fund(maya, 300_000, "BTC")
    open_desk("crypto", ("BTC",))
    with in_place_of("crypto", CoinDesk()):
        method_of(maya, rail="crypto", currency="BTC", email="a@b.example")
        payout = request_payout(creator_id=maya, amount=Money(200_000, "BTC"), by=HOUSE, at=clock.now())
        later(hours=200)
        release_due(by=HOUSE)
        later(hours=260)
        send_due(rail="crypto", by=HOUSE)
        instruction = instruction_of(payout)
        apply_rail(instruction_id=instruction.pk, outcome=RailOutcome(R.RETURNED), by=HOUSE, at=clock.now())
        assert (seen(payout).state, topics("payout.alarm")) == ("PAID", ["payout.alarm"])
        approval = ask_return(
            instruction_id=instruction.pk, came=Money(198_000, "BTC"), proof="the chain", by=actor(staff("fred")),
            at=clock.now(),
        )  # fmt: skip
        assert vote(approval, "petra") == "APPLIED"
    assert (seen(payout).state, on("available", maya, "BTC")) == ("RETURNED", 300_000 - payout.fee_minor)
    treasury = get_balance(find_account(chart.account("treasury", "crypto", "BTC"))).posted.minor
    assert treasury == instruction.rail_fee_minor
