"""Cash needed against cash there: by banking days, and read from the same rows as everything else."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foundation import clock
from foundation.approvals.models import Approval
from foundation.approvals.services import approve
from foundation.ids import uuid7
from ledger import chart
from ledger.services import open_account, post
from ledger.types import AccountKey, Posting
from payouts.calendars import book_on, next_run
from payouts.life.models import Payout, PayoutSchedule
from payouts.operations.calendar import cash_calendar, frozen_beside
from payouts.operations.rules.cash import Needed, plan
from payouts.schedules.services import set_schedule
from tests.cast import HOUSE, actor, signed_in, staff
from tests.ledger.books import usd
from tests.payouts.conftest import bank, desk, standing  # noqa: F401  rails inside the process
from tests.payouts.freezes.stories import frozen
from tests.payouts.scene import ask, creator, fund, method_of, rich

MONDAY = date(2026, 11, 23)


def cash(rail, minor):
    """Money of ours at a rail."""
    world, account = open_account(AccountKey("story", "world", "USD")), open_account(chart.bank("cash", rail, "USD"))
    post(Posting(uuid7(), account, world, usd(minor), "story"))


def get(name, where, **query):
    response = signed_in(Client(), staff(name)).get(where, query)
    assert response.status_code == 200
    return response


def test_each_day_takes_what_it_needs_and_says_what_is_missing():
    needs = {
        MONDAY - timedelta(days=1): Needed(1, usd(10_00)),
        MONDAY: Needed(2, usd(30_00)),
        date(2026, 11, 25): Needed(3, usd(70_00)),
    }
    found = plan(
        rail="ach", liquid=usd(100_00), on_its_way=usd(20_00), needs=needs, expected={MONDAY: usd(5_00)}, first=MONDAY,
        days=4,
    )  # fmt: skip
    assert [(day.count, day.need, day.left, day.short) for day in found.days] == [
        (3, usd(40_00), usd(40_00), usd(0)),
        (0, usd(0), usd(40_00), usd(0)),
        (3, usd(70_00), usd(-30_00), usd(30_00)),
        (0, usd(0), usd(-30_00), usd(30_00)),
    ]
    assert (found.need, found.missing, found.first_short.day) == (usd(110_00), usd(30_00), date(2026, 11, 25))
    assert [day.closed for day in found.days] == ["", "", "", "Thanksgiving Day"]
    assert (found.days[0].expected, found.cut_off) == (usd(5_00), "17:00 New York time")


@pytest.mark.django_db
def test_payouts_are_needed_on_the_day_their_rail_books_them(bank):  # noqa: F811
    payee = creator()
    fund(payee, 1_000_00)
    method = method_of(payee, rail="ach", account="123456789")
    by_bank = ask(payee, 300_00, method_id=method.pk)
    by_desk = ask(rich(), 50_00)
    frozen(ask(rich(), 80_00))
    cash("paxum", 40_00)

    found = {one.rail: one for one in cash_calendar(days=20)}

    booked = book_on("ach", next_run("ach", by_bank.due_at))
    assert [(day.day, day.need) for day in found["ach"].days if day.need] == [(booked, usd(300_00))]
    (day,) = (day for day in found["paxum"].days if day.need)
    assert (day.day, day.need) == (by_desk.due_at.astimezone(UTC).date(), usd(49_00))
    assert (found["paxum"].liquid, found["paxum"].missing) == (usd(40_00), usd(9_00))
    assert frozen_beside() == [usd(80_00)]


@pytest.mark.django_db
def test_schedules_show_what_they_would_ask_for(desk):  # noqa: F811
    payee = rich(200_00)
    set_schedule(creator_id=payee, currency="USD", kind=PayoutSchedule.Kind.WEEKLY, weekday=2, by=HOUSE, at=clock.now())
    little = rich(5_00)
    set_schedule(
        creator_id=little, currency="USD", kind=PayoutSchedule.Kind.WEEKLY, weekday=2, by=HOUSE, at=clock.now()
    )

    (one,) = cash_calendar(days=30)

    assert [day.expected for day in one.days if day.expected] == [usd(199_00)]
    assert (one.need, one.missing) == (usd(0), usd(0))


@pytest.mark.django_db
@pytest.mark.usefixtures("steady_copies")
def test_the_page_and_the_file_say_the_same_with_no_more_questions(desk):  # noqa: F811
    cash("paxum", 10_00)
    ask(rich(), 100_00)
    url = reverse("ops:payout_calendar")
    with CaptureQueriesContext(connection) as few:
        get("fred", url)
    for _ in range(4):
        ask(rich(), 20_00)
    with CaptureQueriesContext(connection) as many:
        shown = get("fred", url)
    assert len(many) <= len(few) + 2  # the shell's own, once a second

    (rail,) = shown.context["rails"]
    assert (rail.plan.need, rail.plan.missing) == (usd(175_00), usd(165_00))
    assert "$165.00" in shown.content.decode()
    lines = (
        b"".join(get("fred", reverse("ops:payout_calendar_file", args=["csv"])).streaming_content).decode().split("\n")
    )
    assert len(lines) == 1 + 14 + 1
    needed = [line.split(",") for line in lines[1:15]]
    assert sum(float(cells[4]) for cells in needed) == 175
    assert needed[-1][7] == "165.00"
    assert signed_in(Client(), staff("fred")).get(url, {"days": "900"}).status_code == 400
    assert signed_in(Client(), staff("susi")).get(
        reverse("ops:payout_calendar_file", args=["csv"])
    ).status_code == 403  # fmt: skip


@pytest.mark.django_db
def test_an_emergency_is_asked_for_and_paid_when_a_second_person_agrees(desk):  # noqa: F811
    payee, url = rich(300_00), reverse("ops:payout_emergency")
    said = {"creator": str(payee), "currency": "USD", "amount": "250", "reason": "Rent is due tomorrow."}
    fred = signed_in(Client(), staff("fred"))

    assert "at most 300.00" in fred.post(url, {**said, "amount": "301"}).content.decode()
    assert "No creator is called so" in fred.post(url, {**said, "creator": "nobody"}).content.decode()
    asked = fred.post(url, said)

    request = Approval.objects.get(policy="payout.emergency")
    assert asked.headers["Location"] == reverse("ops:approval", args=[request.pk])
    assert not Payout.objects.exists()
    approve(
        approval_id=request.pk, seen_hash=request.change_hash, reason="seen", by=actor(staff("petra")), at=clock.now()
    )
    paid = Payout.objects.get()
    assert (paid.origin, paid.amount, paid.state) == ("emergency", usd(250_00), "QUEUED")
    assert "Emergencies lately" in get("fred", url).content.decode()
    assert signed_in(Client(), staff("susi")).get(url).status_code == 403
    assert datetime.now(UTC) > request.requested_at
