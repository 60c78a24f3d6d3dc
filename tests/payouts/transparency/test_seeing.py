"""What a creator sees of their own payouts, from the request to the bank's last word."""

from datetime import timedelta
from decimal import Decimal

import pytest

from foundation import clock
from foundation.errors import NotFound, Unprocessable
from foundation.money import Money
from foundation.switches.services import stop_switch
from payouts.freezes.services import release_freeze
from payouts.freezes.states import ReleasePath
from payouts.integrity.rules.inputs import Inputs
from payouts.life.services import cancel_payout, extend_escrow, release_due
from payouts.life.services.sending import send_due
from payouts.life.states import CreatorStatus as C
from payouts.transparency.selectors import (
    get_dossier,
    get_shown,
    get_standing,
    get_status,
    kept_promises,
    list_freezes,
    other_ways,
    preview,
)
from payouts.transparency.types import KeptPromises
from processors.gateways.rails.types import RailOutcome, RailResult
from tests.cast import HOUSE, actor, staff
from tests.ledger.books import usd
from tests.payouts.freezes.stories import frozen, frozen_account, frozen_part, maya, scored, waiting
from tests.payouts.scene import later, method_of, rich, seen

NOW = clock.now


def look(payout):
    return get_shown(payout.pk, creator_id=payout.creator_id, at=NOW())


def test_a_payout_that_waits_says_until_when_and_that_nothing_is_to_be_done(desk):
    payout = waiting(100_00)
    one = look(payout)
    assert one.status == C.NORMAL
    assert one.word == "Waits with us"
    assert one.reason == "Every payout waits before it leaves; yours waits 12 hours."
    assert one.amount == usd(100_00)
    assert one.fee == usd(1_00)
    assert one.receives == usd(99_00)
    assert one.arrival.arrives_by == payout.escrow.planned_release_at + timedelta(hours=2)
    assert one.promised_at == one.arrival.arrives_by
    assert [option.name for option in one.options] == ["nothing", "cancel", "contact"]
    assert [stage.progress for stage in one.stages] == ["now", "todo", "todo"]
    assert one.can_cancel
    assert one.can_reroute


def test_many_refunds_are_counted_and_said_with_the_wait_they_make(desk, standing):
    creator_id, standing.refund_ratio = maya(), Decimal("0.35")
    scored(creator_id, 850, inputs=Inputs(age_days=400, sales=40, refunded=14))
    one = look(waiting(100_00, creator_id))
    assert one.status == C.DELAYED
    assert one.reason == "14 of your last 40 sales were refunded. So this one waits 1 day."
    assert get_standing(creator_id).meaning.endswith("so your payouts wait 1 day for now.")


def test_another_creators_payout_is_not_found(desk):
    payout, stranger = waiting(), rich(name="stranger")
    for ask in (get_shown, get_dossier, other_ways):
        with pytest.raises(NotFound):
            ask(payout.pk, creator_id=stranger, at=NOW())
    assert get_status(stranger, at=NOW()).payouts == ()


def test_what_was_put_off_says_so_and_a_way_that_is_sooner_is_offered(desk):
    payout = waiting()
    until = NOW() + timedelta(days=5)
    extend_escrow(payout_id=payout.pk, until=until, code="BANK_CHANGED", reason="BANK_CHANGED", by=HOUSE, at=NOW())
    one = look(payout)
    assert one.status == C.DELAYED
    assert one.arrival.arrives_by > until
    assert one.promised_at < one.arrival.arrives_by
    assert one.options[0].path == "/starz/settings/methods"


def test_a_frozen_payout_tells_cause_date_and_what_can_be_done(desk):
    payout = waiting()
    review_by = NOW() + timedelta(days=2)
    frozen(payout, code="CHARGEBACK_SPIKE", facts={"disputes": 5}, action="answer_disputes", review_by=review_by)
    one = look(payout)
    assert one.status == C.FROZEN
    assert one.reason == "5 card disputes arrived in 7 days."
    assert f"{review_by:%A, %-d %B}" in one.until
    assert one.options[0].label == "Answer your disputes"
    assert one.options[0].arrives_by < one.arrival.arrives_by
    assert one.arrival.is_estimate
    assert not one.can_cancel
    status = get_status(payout.creator_id, at=NOW())
    assert status.status == C.FROZEN
    assert status.headline == "Some of your money is on hold"
    assert status.next_arrival is None


def test_a_hold_on_a_part_delays_and_one_on_everything_freezes(desk):
    creator_id = maya()
    assert get_status(creator_id, at=NOW()).headline == "No payout is on its way."
    frozen_part(creator_id, 50_00)
    status = get_status(creator_id, at=NOW())
    assert status.status == C.DELAYED
    assert status.freezes[0].amount == usd(50_00)
    everything = frozen_account(creator_id)
    assert get_status(creator_id, at=NOW()).status == C.FROZEN
    release_freeze(freeze_id=everything.pk, reason="looked at", by=HOUSE, at=NOW())
    assert [one.status for one in list_freezes(creator_id)] == [C.DELAYED]
    assert [one.title for one in list_freezes(creator_id, is_live=None)] == [
        "Your payouts go on", "A part of your balance is on hold",
    ]  # fmt: skip


def test_progress_is_shown_where_something_has_to_come_true(desk):
    payout = waiting()
    conditions = [{"measure": "refund_percent", "start": "40", "target": "30"}]
    frozen(payout, code="HIGH_REFUND_RATIO", path=ReleasePath.CONDITION_MET, conditions=conditions)
    (one,) = list_freezes(payout.creator_id)
    assert one.progress == 0
    assert one.until.startswith("It goes on by itself once that is done")


def test_from_the_queue_to_arrival(desk):
    payout = waiting()
    later(hours=13)
    release_due(by=HOUSE)
    one = look(payout)
    assert (one.word, one.status) == ("Leaves soon", C.NORMAL)
    send_due(rail="paxum", by=HOUSE)
    assert seen(payout).state == "PAID"
    one = look(payout)
    assert (one.word, one.status, one.arrival, one.is_running) == ("Arrived", C.NORMAL, None, False)
    assert [stage.progress for stage in one.stages] == ["done", "done", "done"]
    assert one.stages[2].name == "Your Paxum account"
    titles = [moment.title for moment in get_dossier(payout.pk, creator_id=payout.creator_id, at=NOW()).timeline]
    assert titles == ["Arrived", "Handed to Paxum", "Its wait is over", "Its wait began", "Asked for"]


def test_promises_that_were_kept_are_counted(desk):
    creator_id = maya()
    for over, sent in ((13, 13), (30, 100)):
        payout = waiting(100_00, creator_id)
        later(hours=over)
        release_due(by=HOUSE)
        later(hours=sent)
        send_due(rail="paxum", by=HOUSE)
        assert seen(payout).state == "PAID"
    assert kept_promises(creator_id) == KeptPromises(2, 1)


def test_an_answer_that_was_lost_is_told_as_such(desk):
    payout = waiting()
    later(hours=13)
    release_due(by=HOUSE)
    desk.will(RailOutcome(RailResult.UNKNOWN))
    send_due(rail="paxum", by=HOUSE)
    one = look(payout)
    assert (one.word, one.status) == ("Being looked for", C.DELAYED)
    assert "never paid twice" in one.reason
    assert one.arrival.is_estimate


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("UA", "Paxum could not pay it: the account does not exist, is closed, or its details are wrong."),
        ("51", "Paxum could not pay it, and it was not your fault."),
        ("??", "Paxum could not pay it. It is in your balance again."),
    ],
)
def test_what_did_not_arrive_says_why_and_how_to_get_it(desk, code, said):
    payout = waiting()
    later(hours=13)
    release_due(by=HOUSE)
    desk.will(RailOutcome(RailResult.REFUSED, code=code))
    send_due(rail="paxum", by=HOUSE)
    one = look(payout)
    assert (one.word, one.status) == ("Did not arrive", C.DELAYED)
    assert one.reason.startswith(said)
    assert [option.name for option in one.options] == ["check_method", "ask_again", "contact"]


def test_a_rail_that_is_stopped_delays_what_is_due_and_another_way_shows_its_date(desk, bank):
    stop_rail("paxum")
    payout = waiting(200_00)
    method_of(payout.creator_id, rail="ach", account="12345")
    later(hours=49)
    release_due(by=HOUSE)
    one = look(payout)
    assert (one.status, one.reason) == (
        C.DELAYED, "Payouts by Paxum wait for the moment, for everybody; your money is safe with us.",
    )  # fmt: skip
    (other,) = other_ways(payout.pk, creator_id=payout.creator_id, at=NOW())
    assert other.fee == usd(0)
    assert other.arrives_by > NOW()


def stop_rail(rail):
    stop_switch(key=f"payouts.rail.{rail}", by=actor(staff("adam")), at=NOW(), reason="story")


def test_a_large_one_says_that_two_people_agree_to_it(desk):
    payout = waiting(20_000_00, maya(50_000_00))
    one = look(payout)
    assert one.status == C.NORMAL
    assert "two people of ours" in one.reason
    assert one.arrival.is_estimate
    later(hours=13)
    release_due(by=HOUSE)
    assert look(payout).status == C.UNDER_REVIEW


def test_what_was_given_up_is_over(desk):
    payout = waiting()
    cancel_payout(payout_id=payout.pk, reason="not now", by=HOUSE, at=NOW(), creator_id=payout.creator_id)
    one = look(payout)
    assert (one.word, one.is_running, one.can_cancel) == ("Given up", False, False)


def test_a_preview_says_what_it_costs_and_when_it_is_there(desk):
    creator_id = maya()
    found = preview(creator_id, usd(100_00), at=NOW())
    assert (found.fee, found.receives, found.waits_hours) == (usd(1_00), usd(99_00), 12)
    assert timedelta(hours=13) < found.arrival.arrives_by - NOW() < timedelta(hours=15)
    with pytest.raises(Unprocessable):
        preview(creator_id, usd(1_00), at=NOW())
    with pytest.raises(Unprocessable):
        preview(creator_id, Money(100_00, "JPY"), method_id=method_of(creator_id, currency="EUR").pk, at=NOW())


def test_standing_is_a_tier_with_words_and_a_past(desk, standing):
    creator_id = maya(score=450)
    scored(creator_id, 650, refund_ratio="40.0")
    standing.score = 650
    found = get_standing(creator_id)
    assert (found.tier, found.next_tier) == ("SILVER", "GOLD")
    assert (found.escrow.current_days, found.escrow.least_days, found.escrow.most_days) == ("2", "0.5", "7")
    assert [moment.title for moment in found.history] == ["You rose to SILVER", "You began as BRONZE"]
    assert all(hint.title and hint.text for hint in found.hints)


def test_the_status_takes_few_statements(desk, django_assert_num_queries):
    creator_id = maya(5_000_00)
    for _ in range(5):
        waiting(100_00, creator_id)
    get_status(creator_id, at=NOW())
    with django_assert_num_queries(4):
        assert len(get_status(creator_id, at=NOW()).payouts) == 5
