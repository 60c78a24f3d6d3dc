"""Files of payouts: written once, handed over under one name, told about by reports."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation import clock
from foundation.errors import Conflict
from foundation.notifications.models import Notification
from foundation.reasons import Reason
from payouts.life.models import Payout, PayoutBatch
from payouts.life.selectors import get_batch, read_file
from payouts.life.services import (
    cancel_payout,
    confirm_by_hand,
    file_due,
    freeze_payout,
    read_reports,
    release_due,
    repair_files,
    run_payouts,
)
from payouts.life.services.batches import choose, write_file
from processors.gateways.rails.types import RailOutcome, RailResult, RailTold
from tests.cast import HOUSE, staff
from tests.ledger.books import usd
from tests.payouts.scene import (
    ask,
    creator,
    fund,
    instruction_of,
    later,
    method_of,
    on,
    seen,
    topics,
)

pytestmark = pytest.mark.django_db
R = RailResult


def banked(count=3, minor=100_00):
    """Payouts by file whose run is due."""
    asked = []
    for number in range(count):
        maya = creator()
        fund(maya, minor)
        method_of(maya, rail="ach", account=f"{maya.int % 10**8:08d}{number:04d}")
        asked.append(ask(maya, minor))
    later(hours=200)
    release_due(by=HOUSE)
    later(hours=260)
    return [seen(payout) for payout in asked]


def run():
    return file_due(rail="ach", by=HOUSE)


def the_batch():
    return PayoutBatch.objects.get()


def test_one_file_carries_all_and_its_bytes_are_the_same_whenever_it_is_read(bank):
    payouts = banked(3)
    done = run()
    batch = the_batch()
    assert (done.files, done.payouts, batch.state, batch.count, batch.total_minor) == (1, 3, "ACCEPTED", 3, 300_00)
    assert {seen(payout).state for payout in payouts} == {"PROCESSING"}
    name, content = read_file(batch.pk)
    assert read_file(batch.pk) == (name, content)
    assert hashlib.sha256(content).hexdigest() == get_batch(batch.pk).file_sha256
    assert bank.files == {batch.reference: content}
    assert run().files == 0


def test_reports_settle_each_and_then_the_file(bank):
    paid, returned, refused = banked(3)
    run()
    batch = the_batch()
    bank.tell(instruction_of(returned).reference, R.RETURNED, code="R03", disables_destination=True)
    bank.tell(instruction_of(refused).reference, R.REFUSED, code="R02")
    bank.tell(batch.reference, R.PAID)
    bank.tell("PO0000000000000", R.PAID)
    for _ in range(2):
        read = read_reports(rail="ach", by=HOUSE)
        assert (read.told, read.unknown) == (3, 1)
    assert [seen(one).state for one in (paid, returned, refused)] == ["PAID", "RETURNED", "FAILED"]
    assert on("available", returned.creator_id) == on("available", refused.creator_id) == 100_00
    assert on("in_transit", paid.creator_id) == 0
    assert the_batch().state == "SETTLED"
    assert topics("payout.paid", "payout.returned", "payout.failed") == [
        "payout.returned", "payout.failed", "payout.paid",
    ]  # fmt: skip


def test_a_report_of_another_amount_is_not_believed_and_finance_hears_of_it_once(bank):
    fred, (payout,) = staff("fred"), banked(1)
    run()
    reference = instruction_of(payout).reference
    bank.tell(reference, R.RETURNED, code="R03", amount=usd(101_00))
    bank.tell(the_batch().reference, R.PAID, amount=usd(1_00))
    for _ in range(3):
        read_reports(rail="ach", by=HOUSE)
    assert (seen(payout).state, on("available", payout.creator_id)) == ("PROCESSING", 0)
    told = Notification.objects.filter(recipient=fred, notice="payout.alarm").order_by("id")
    assert [one.path for one in told] == [f"/ops/payouts/{payout.pk}", "/ops/payouts"]
    assert "returned of 101.00 USD, and 100.00 USD was sent" in told[0].body
    bank.tell(reference, R.RETURNED, code="R03", amount=usd(100_00))
    read_reports(rail="ach", by=HOUSE)
    assert seen(payout).state == "RETURNED"


def test_a_report_nobody_can_read_is_a_persons(bank):
    fred = staff("fred")
    banked(1)
    run()
    bank.told.append(RailTold("report-7", R.UNKNOWN, clock.now(), text="Its control counts something else."))
    for _ in range(2):
        assert read_reports(rail="ach", by=HOUSE).unknown == 1
    (told,) = Notification.objects.filter(recipient=fred, notice="payout.alarm")
    assert "cannot be read: Its control counts something else." in told.body


def test_a_return_days_after_it_was_paid_is_heard(bank):
    (payout,) = banked(1)
    run()
    bank.tell(the_batch().reference, R.PAID)
    read_reports(rail="ach", by=HOUSE)
    assert seen(payout).state == "PAID"
    later(hours=310)
    bank.tell(instruction_of(payout).reference, R.RETURNED, code="R03")
    read_reports(rail="ach", by=HOUSE)
    assert (seen(payout).state, on("available", payout.creator_id)) == ("RETURNED", 100_00)


@pytest.mark.parametrize("came", [True, False])
def test_handed_over_without_an_answer_it_is_asked_about_and_is_still_one_file(bank, came):
    payouts = banked(2)
    bank.answers = [RailOutcome(R.UNKNOWN if came else R.NOT_SENT)]
    run()
    assert {seen(payout).state for payout in payouts} == {"SENT"}
    later(hours=260, minutes=3)
    assert repair_files(by=HOUSE) == 1
    batch = the_batch()
    assert (batch.state, len(bank.files)) == ("ACCEPTED", 1)
    assert bank.handed_over == [batch.reference] * (1 if came else 2)
    assert len(bank.paid) == 2
    assert {seen(payout).state for payout in payouts} == {"PROCESSING"}


def test_a_refused_file_puts_all_back_in_the_queue_and_calls_finance(bank):
    payouts = banked(2)
    bank.answers = [RailOutcome(R.REFUSED, code="E1", text="a bad header")]
    run()
    assert (the_batch().state, the_batch().refused_reason) == ("REFUSED", "a bad header")
    assert {seen(payout).state for payout in payouts} == {"QUEUED"}
    assert [on("escrow", payout.creator_id) for payout in payouts] == [100_00, 100_00]
    assert topics("payout.alarm") == ["payout.alarm"]
    later(hours=300)
    assert run().payouts == 2
    assert len(bank.paid) == 2


@pytest.mark.parametrize("code", ["DUPLICATE", "AM05"])
@pytest.mark.parametrize("is_taken", [False, True])
def test_a_file_refused_as_one_that_was_paid_before_never_leaves_again_and_calls_finance_once(bank, is_taken, code):
    payouts = banked(2)
    twice = RailOutcome(R.UNKNOWN, code=code, text="it was here before")
    bank.answers = [] if is_taken else [twice]
    run()
    batch = the_batch()
    bank.tell(batch.reference, R.UNKNOWN, code=code, text=twice.text)
    for _ in range(2):
        read_reports(rail="ach", by=HOUSE)
    assert (the_batch().state, the_batch().refused_reason) == ("ACCEPTED" if is_taken else "TRANSMITTED", twice.text)
    assert {seen(payout).state for payout in payouts} == {"PROCESSING" if is_taken else "SENT"}
    assert topics("payout.alarm") == ["payout.alarm"]
    assert (the_batch().repair_at is None) is is_taken
    later(hours=300)
    assert (run().payouts, bank.handed_over) == (0, [batch.reference])
    PayoutBatch.objects.update(repairs=6)
    for _ in range(2):
        read_reports(rail="ach", by=HOUSE)
    assert topics("payout.alarm") == ["payout.alarm"] * (1 if is_taken else 2)
    bank.tell(batch.reference, R.PAID)
    read_reports(rail="ach", by=HOUSE)
    assert {seen(payout).state for payout in payouts} == {"PAID"}


def test_what_cannot_be_written_stays_behind_and_the_others_go(bank):
    bad, good = banked(2)
    bank.unwritable = {next(iter(_details(bad).values()))["account"]}
    run()
    assert (seen(bad).state, seen(bad).due_at, seen(good).state) == ("QUEUED", None, "PROCESSING")
    assert topics("payout.alarm") == ["payout.alarm"]


def test_frozen_while_the_file_is_not_written_it_is_left_out(bank):
    stopped, goes = banked(2)
    batch_id, count = choose("ach", "USD", 10, HOUSE)
    assert count == 2
    freeze_payout(payout_id=stopped.pk, code=Reason.CHARGEBACK_SPIKE, by=HOUSE, at=clock.now())
    write_file(batch_id, HOUSE)
    assert the_batch().count == 1
    with pytest.raises(Conflict) as refused:
        freeze_payout(payout_id=goes.pk, code=Reason.CHARGEBACK_SPIKE, by=HOUSE, at=clock.now())
    assert (refused.value.code, refused.value.retryable) == ("payouts.too_late", True)
    later(hours=260, minutes=3)
    repair_files(by=HOUSE)
    assert (seen(stopped).state, seen(goes).state) == ("FROZEN", "PROCESSING")
    assert list(bank.paid) == [instruction_of(goes).reference]


def test_a_file_from_which_everything_was_taken_is_never_written(bank):
    (payout,) = banked(1)
    batch_id, _ = choose("ach", "USD", 10, HOUSE)
    cancel_payout(payout_id=payout.pk, reason="mind changed", by=HOUSE, at=clock.now())
    write_file(batch_id, HOUSE)
    assert the_batch().state == "REFUSED"
    assert on("available", payout.creator_id) == 100_00


def test_a_correction_by_the_bank_is_a_persons_work_once(bank):
    (payout,) = banked(1)
    run()
    bank.tell(instruction_of(payout).reference, R.ACCEPTED, corrects={"account": "1234"})
    read_reports(rail="ach", by=HOUSE)
    read_reports(rail="ach", by=HOUSE)
    assert topics("payout.alarm") == ["payout.alarm"]
    assert seen(payout).state == "PROCESSING"


def test_only_rails_that_do_not_confirm_are_confirmed_by_a_person(bank, monkeypatch):
    (payout,) = banked(1)
    run()
    told = {"instruction_id": instruction_of(payout).pk, "by": HOUSE, "at": clock.now()}
    with pytest.raises(Conflict):
        confirm_by_hand(**told, proof="statement 7")
    monkeypatch.setattr(bank, "capabilities", _unconfirming(bank.capabilities))
    confirm_by_hand(**told, proof="statement 7")
    assert seen(payout).state == "PAID"
    with pytest.raises(Conflict):
        confirm_by_hand(**told, proof="statement 7")


def test_a_run_of_everything_sends_files_and_single_ones(bank, desk):
    from tests.payouts.scene import rich

    single = ask(rich())
    (filed,) = banked(1)
    done = run_payouts(by=HOUSE, only=["paxum", "ach"])
    assert (done.sent, done.files, done.filed) == (1, 1, 1)
    assert (seen(single).state, seen(filed).state) == ("PAID", "PROCESSING")
    assert Payout.objects.filter(state="QUEUED").count() == 0


def _details(payout):
    from payouts.methods.selectors import open_details

    return open_details([payout.method])


def _unconfirming(capabilities):
    from dataclasses import replace

    return replace(capabilities, confirms=False)


def test_a_file_takes_as_many_as_its_rail_allows(bank):
    bank.capabilities = replace(bank.capabilities, most_in_a_file=2)
    payouts = banked(5)

    done = run_payouts(by=HOUSE, only=["ach"])

    assert (done.files, done.filed) == (3, 5)
    assert sorted(PayoutBatch.objects.values_list("count", flat=True)) == [1, 2, 2]
    assert {seen(payout).state for payout in payouts} == {"PROCESSING"}


def test_a_file_of_many_takes_as_many_statements_as_one_of_few(bank, steady_copies):
    asked = []
    for size in (1, 2, 7):
        banked(size)
        with CaptureQueriesContext(connection) as leaving:
            assert run().payouts == size
        reference = PayoutBatch.objects.latest("id").reference
        bank.tell(reference, R.PAID)
        with CaptureQueriesContext(connection) as paid:
            read_reports(rail="ach", by=HOUSE)
        assert PayoutBatch.objects.get(reference=reference).state == "SETTLED"
        bank.told.clear()
        asked.append((len(leaving), len(paid)))
        clock.move_clock(ahead=timedelta())
    assert asked[1] == asked[2]
