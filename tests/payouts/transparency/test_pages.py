"""A creator's pages: what they have, asking for it, why it takes as long as it does, and what they can do."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from foundation import clock
from foundation.audit.models import AuditRecord
from foundation.notifications.models import Notification
from foundation.reasons import Reason
from payouts.life.models import Payout, PayoutSchedule
from payouts.life.services import extend_escrow
from payouts.schedules.services import set_schedule
from payouts.transparency.agenda import What, agenda_of, plans_of
from tests.cast import HOUSE, member, portal_user, signed_in, staff
from tests.ledger.books import usd
from tests.payouts.freezes.stories import frozen, frozen_part, maya, scored, waiting
from tests.payouts.scene import creator, fund, method_of, on, rich
from tests.payouts.transparency.test_leaks import NEVER, NOTES

PAGE = "/starz/payouts"


@pytest.fixture
def creator_id(desk):
    return maya(500_00)


def door(name="maya"):
    return signed_in(Client(), portal_user(member(name)))


def betrayed(response):
    """What stands on a page that must not, ids aside."""
    said = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", text(response))
    return [word for word in NEVER if word in said] + re.findall(r"(?<!\d)737(?!\d)", said)


def text(response):
    """What a person reads."""
    body = re.sub(r"<(script|style)[^>]*>.*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", body)


def wish(client, **changes):
    """The form as the page gives it."""
    page = next(part for part in client.get(PAGE).content.decode().split("<form") if 'name="number"' in part)
    found = dict(re.findall(r'name="(amount|method|number)" value="([^"]*)"', page))
    return {**found, **changes}


def test_all_that_is_there_is_asked_for_with_one_button(creator_id):
    visitor = door()
    said = text(visitor.get(PAGE))
    assert "You receive" in said
    assert "499.00" in said
    assert "Ask for $500.00" in said
    body = wish(visitor)
    done = visitor.post(PAGE, body)
    payout = Payout.objects.get()
    assert done.headers["Location"] == f"{PAGE}/{payout.pk}"
    assert (payout.amount, payout.origin) == (usd(500_00), "creator")
    visitor.post(PAGE, body)
    assert Payout.objects.count() == 1, "the same wish sent twice is one payout"
    assert on("available", creator_id) == 0


def test_another_amount_is_shown_before_it_is_asked_for(creator_id):
    visitor = door()
    method = method_of(creator_id, email="second@paxum.example")
    said = text(visitor.get(PAGE, {"amount": "120.50", "method": str(method.pk), "currency": "USD"}))
    assert "119.50" in said
    assert "Ask for $120.50" in said
    for amount, why in (("1", "less than the smallest"), ("9999", "Enter at most 500.00"), ("x", "Write it in digits")):
        assert why in text(visitor.get(PAGE, {"amount": amount, "method": str(method.pk)})), amount
    refused = visitor.post(PAGE, wish(visitor, amount="9999"))
    assert refused.status_code == 422
    assert Payout.objects.count() == 0


def test_another_creators_destination_or_number_opens_nothing(creator_id):
    stranger = rich(500_00, name="stranger")
    scored(stranger)
    theirs = waiting(100_00, stranger)
    visitor = door()
    assert visitor.post(PAGE, wish(visitor, method=str(theirs.method_id))).status_code == 422
    assert visitor.post(PAGE, wish(visitor, number=str(theirs.pk))).status_code == 422
    assert Payout.objects.count() == 1


def test_who_has_nothing_is_told_what_to_do(desk):
    creator("newcomer")
    said = text(door("newcomer").get(PAGE))
    assert "No payout yet" in said
    assert "See what comes when" in said
    assert "Ask for a payout" not in said


def test_who_has_money_and_nowhere_to_go_is_led_there(desk):
    creator_id = creator("placeless")
    scored(creator_id)
    fund(creator_id, 100_00)
    assert "Add a payout method" in text(door("placeless").get(PAGE))


def test_a_payout_says_why_when_and_what_can_be_done(creator_id):
    payout = waiting(100_00, creator_id)
    frozen(payout, code="CHARGEBACK_SPIKE", facts={"disputes": 5}, action="answer_disputes", notes=NOTES)
    said = text(door().get(f"{PAGE}/{payout.pk}"))
    for part in ("Frozen", "On hold", "5 card disputes arrived in 7 days.", "You hear from us by", "With us",
                 "Your Paxum account", "Answer your disputes", "Put on hold", "A payout is on hold"):  # fmt: skip
        assert part in said, part
    assert "Cancel it" not in said
    assert NOTES not in said


def test_it_is_given_up_sent_elsewhere_and_asked_about(creator_id):
    staff("susi")
    payout, visitor = waiting(100_00, creator_id), door()
    other = method_of(creator_id, email="second@paxum.example")
    url = f"{PAGE}/{payout.pk}"
    assert "Send it another way" in text(visitor.get(url))
    visitor.post(f"{url}/method", {"method": str(other.pk)})
    assert Payout.objects.get().method_id == other.pk
    assert "It goes to another destination" not in text(visitor.get(url))
    assert "Goes to another destination" in text(visitor.get(url))
    visitor.post(f"{url}/ask", {"question": "Why does it take a day longer?"})
    (told,) = Notification.objects.filter(notice="payout.asked_about")
    assert told.recipient == staff("susi")
    assert told.body == "Why does it take a day longer?"
    assert AuditRecord.objects.filter(action="payout.asked_about", subject_id=str(payout.pk)).count() == 1
    assert "You asked a person" in text(visitor.get(url))
    assert visitor.post(f"{url}/ask", {"question": " "}).status_code == 422
    visitor.post(f"{url}/cancel")
    assert Payout.objects.get().state == "CANCELLED"
    assert "Given up" in text(visitor.get(url))
    assert on("available", creator_id) == 500_00


def test_the_list_goes_on_is_divided_and_taken_away(creator_id, django_assert_max_num_queries):
    for _ in range(4):
        waiting(100_00, creator_id)
    visitor = door()
    visitor.post(f"{PAGE}/{Payout.objects.first().pk}/cancel")
    with django_assert_max_num_queries(27):
        assert text(visitor.get(PAGE)).count("To Paxum") == 4
    assert text(visitor.get(PAGE, {"view": "running"})).count("To Paxum") == 3
    assert text(visitor.get(PAGE, {"view": "over"})).count("To Paxum") == 1
    assert visitor.get(PAGE, {"view": "none"}).status_code == 400
    rows = b"".join(visitor.get(f"{PAGE}/export.csv").streaming_content).decode().splitlines()
    assert rows[0].startswith("id,asked_at,amount,fee,receives")
    assert len(rows) == 5


def test_the_calendar_says_what_comes_when_and_keeps_a_plan(creator_id):
    waiting(100_00, creator_id)
    visitor = door()
    said = text(visitor.get("/starz/calendar"))
    assert "Its wait ends" in said
    assert "Arrives at Paxum" in said
    body = {"currency": "USD", "USD-kind": "weekly", "USD-weekday": "4", "USD-threshold": ""}
    assert visitor.post("/starz/calendar", body).status_code == 302
    plan = PayoutSchedule.objects.get(creator_id=creator_id)
    assert (plan.kind, plan.weekday) == ("weekly", 4)
    assert "Your weekly payout is asked for" in text(visitor.get("/starz/calendar"))
    wrong = visitor.post("/starz/calendar", {**body, "USD-kind": "threshold"})
    assert wrong.status_code == 422
    assert visitor.post("/starz/calendar", {**body, "currency": "JPY"}).status_code == 400


def test_plans_name_the_next_day_and_what_keeps_them(creator_id):
    at = clock.now()
    set_schedule(creator_id=creator_id, currency="USD", kind="threshold", threshold=usd(9_000_00), by=HOUSE, at=at)
    (plan,) = plans_of(creator_id, at=at)
    assert (plan.next_on, plan.why_not) == (None, "It begins once 9000.00 USD are available.")
    set_schedule(creator_id=creator_id, currency="USD", kind="weekly", weekday=at.weekday(), by=HOUSE, at=at)
    (plan,) = plans_of(creator_id, at=at)
    assert plan.next_on == at.date() + timedelta(days=7)
    found = [one for one in agenda_of(creator_id, (), at=at) if one.what is What.SCHEDULE]
    assert [(one.on, one.amount) for one in found] == [(plan.next_on, usd(500_00))]


def test_standing_shows_tier_path_and_holds_without_a_number(desk, standing):
    creator_id = maya(500_00, score=737)
    standing.score = 737
    frozen_part(
        creator_id, 50_00, code="HIGH_REFUND_RATIO", facts={"refunded": 41, "sales": 100}, path="CONDITION_MET",
        conditions=[{"measure": "refund_percent", "start": "41", "target": "30"}], notes=NOTES,
    )  # fmt: skip
    said = text(door().get("/starz/standing"))
    for part in ("Your standing: SILVER", "you are here", "A part of your balance is on hold", "0 % of the way",
                 "41 of your last 100 sales were refunded.", "You began as SILVER"):  # fmt: skip
        assert part in said, part
    assert "737" not in said
    assert NOTES not in said


def test_home_says_why_without_a_click(creator_id):
    payout = waiting(100_00, creator_id)
    extend_escrow(
        payout_id=payout.pk, until=clock.now() + timedelta(days=4), code="BANK_CHANGED", reason="BANK_CHANGED",
        by=HOUSE, at=clock.now(),
    )  # fmt: skip
    said = text(door().get("/starz/"))
    assert "Delayed" in said
    assert "You changed where you are paid to, so we wait before money leaves." in said


def test_no_page_betrays_how_something_was_found(desk, standing):
    """The same as over the API, on every page, for each reason."""
    creator_id = maya(5_000_00, score=737)
    standing.score = 737
    payout, visitor = waiting(100_00, creator_id), door()
    for code in Reason.values:
        Payout.objects.filter(pk=payout.pk).update(reason_code=code)
        assert not betrayed(visitor.get(f"{PAGE}/{payout.pk}")), code
    for url in (PAGE, "/starz/", "/starz/calendar", "/starz/standing"):
        assert not betrayed(visitor.get(url)), url
