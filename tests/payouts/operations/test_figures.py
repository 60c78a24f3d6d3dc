"""The document's figures, counted by the database, beside the same counted by hand; and the one question asked."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from compliance.escalations.services import open_escalation, resolve_escalation, take_escalation
from compliance.escalations.states import Decision, EscalationType, Severity
from compliance.escalations.types import Cause
from foundation import clock
from foundation.errors import Conflict, NotFound
from foundation.notifications.models import Notification
from payouts.freezes.services import release_freeze
from payouts.life.models import PayoutEscrow
from payouts.life.services import cancel_payout, release_due, run_payouts
from payouts.operations.alarming import tell_alarming
from payouts.operations.figures import count, figures
from payouts.operations.models import PayoutAnswer
from payouts.operations.rules.figures import Counted, Name, judge
from payouts.operations.survey import answer_question, question_about
from tests.cast import HOUSE, actor, member, portal_user, signed_in, staff
from tests.payouts.conftest import desk, standing  # noqa: F401  a rail inside the process
from tests.payouts.freezes.stories import frozen, frozen_account, scored
from tests.payouts.scene import ask, later, queued, rich, seen

pytestmark = pytest.mark.django_db


def figure(name, found=None):
    return next(one for one in found or figures().figures if one.name == name)


def let_go(row, *, was_wrong):
    release_freeze(freeze_id=row.pk, reason="looked at", was_wrong=was_wrong, by=HOUSE, at=clock.now())


def decided(creator_id, hours, severity=Severity.HIGH):
    cause = Cause(EscalationType.PAYOUT_FREEZE, severity, f"story {creator_id}", "Look at it.")
    opened = open_escalation(creator_id=creator_id, cause=cause, by=HOUSE, at=clock.now() - timedelta(hours=hours))
    carl = actor(staff("carl"))
    take_escalation(escalation_id=opened.id, by=carl, at=clock.now())
    resolve_escalation(
        escalation_id=opened.id, decision=Decision.CLEARED, reasoning="Nothing found.", legal_basis="",
        seen_version=None, by=carl, at=clock.now(),
    )  # fmt: skip


def test_every_figure_equals_what_was_counted_by_hand(desk):  # noqa: F811
    people = [rich(2_000_00) for _ in range(10)]
    for number, creator in enumerate(people):
        scored(creator, 701 if number < 7 else 700)
    began = clock.now() - timedelta(hours=1)

    # Ten payouts: one frozen rightly, one wrongly (score 850), one by a freeze of everything, one given up.
    payouts = [ask(creator, 100_00) for creator in people]
    let_go(frozen(payouts[0]), was_wrong=False)
    let_go(frozen(payouts[1]), was_wrong=True)
    frozen_account(people[2])
    cancel_payout(payout_id=payouts[3].pk, reason="asked to", by=HOUSE, at=clock.now())

    # Eight leave escrow: one after 10 hours, four after 20, three after 40; the median is the fourth of eight.
    later(hours=200)
    assert release_due(by=HOUSE).released == 8
    left = sorted(one.pk for one in payouts if seen(one).state == "QUEUED")
    for place, pk in enumerate(left):
        hours = 10 if place == 0 else 20 if place <= 4 else 40
        escrow = PayoutEscrow.objects.get(pk=pk)
        PayoutEscrow.objects.filter(pk=pk).update(released_at=escrow.starts_at + timedelta(hours=hours))

    # Two escalations of high severity after 10 and 20 hours; one of low severity does not count.
    decided(people[4], 10)
    decided(people[5], 20)
    decided(people[6], 90, Severity.LOW)

    # Of five answers three are 4 or 5.
    run_payouts(by=HOUSE)
    for pk, stars in zip(left[:5], (5, 5, 4, 3, 1), strict=True):
        owner = next(one.creator_id for one in payouts if one.pk == pk)
        answer_question(payout_id=pk, creator_id=owner, stars=stars, by=HOUSE, at=clock.now())

    counted = count(began, clock.now() + timedelta(minutes=1))

    assert (counted.creators, counted.above) == (10, 7)
    assert (counted.released, counted.median_seconds) == (8, 20 * 3600)
    assert (counted.payouts, counted.frozen, counted.wrong, counted.wrong_trusted) == (10, 3, 1, 1)
    assert (counted.escalations, counted.resolved_seconds) == (2, 15 * 3600)
    assert (counted.answers, counted.content) == (5, 3)
    shown = {one.name: (one.value, one.is_met) for one in judge(counted)}
    assert shown == {
        Name.SCORES: ("70.00 %", True), Name.ESCROW: ("20.0 h", True), Name.FREEZES: ("30.00 %", False),
        Name.FALSE_FREEZES: ("10.00 %", False), Name.WRONG_TRUSTED: ("1", False), Name.ESCALATIONS: ("15.0 h", True),
        Name.SATISFACTION: ("60.00 %", False),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("counted", "name", "is_met", "is_alarming"),
    [
        (Counted(creators=100, above=69), Name.SCORES, False, False),
        (Counted(released=1, median_seconds=36 * 3600), Name.ESCROW, False, False),
        (Counted(released=1, median_seconds=36 * 3600 - 1), Name.ESCROW, True, False),
        (Counted(payouts=100, frozen=2), Name.FREEZES, False, False),
        (Counted(payouts=1000, frozen=19), Name.FREEZES, True, False),
        (Counted(payouts=200, wrong=1), Name.FALSE_FREEZES, False, False),
        (Counted(payouts=201, wrong=1), Name.FALSE_FREEZES, True, False),
        (Counted(payouts=1000, wrong=9), Name.FALSE_FREEZES, False, False),
        (Counted(payouts=1000, wrong=10), Name.FALSE_FREEZES, False, True),
        (Counted(payouts=5, wrong_trusted=0), Name.WRONG_TRUSTED, True, False),
        (Counted(payouts=5000, wrong=1, wrong_trusted=1), Name.WRONG_TRUSTED, False, True),
        (Counted(escalations=3, resolved_seconds=24 * 3600), Name.ESCALATIONS, False, False),
        (Counted(answers=100, content=85), Name.SATISFACTION, False, False),
        (Counted(answers=100, content=86), Name.SATISFACTION, True, False),
        (Counted(), Name.SATISFACTION, None, False),
        (Counted(), Name.FREEZES, None, False),
    ],
)
def test_each_bound_is_the_documents(counted, name, is_met, is_alarming):
    one = figure(name, judge(counted))
    assert (one.is_met, one.is_alarming) == (is_met, is_alarming)


def test_people_are_called_once_a_day_when_money_was_stopped_wrongly(desk):  # noqa: F811
    fred, carl, petra = staff("fred"), staff("carl"), staff("petra")
    payout = ask(rich())
    assert tell_alarming(at=clock.now()) == 0
    let_go(frozen(payout), was_wrong=True)

    assert tell_alarming(at=clock.now()) == 2
    tell_alarming(at=clock.now())

    told = Notification.objects.filter(notice="payouts.figure_alarm")
    assert told.filter(recipient=fred).count() == told.filter(recipient=carl).count() == 2
    assert not told.filter(recipient=petra).exists()
    assert {one.title for one in told} == {"Frozen wrongly: 100.00 %", "Wrongly, above 700: 1"}


def test_the_figures_stand_on_the_desk_and_on_front_pages(desk):  # noqa: F811
    ask(rich())
    for name, url in (("eva", "ops:payout_figures"), ("fred", "ops:payouts"), ("fred", "ops:home"),
                      ("eva", "exec:home")):  # fmt: skip
        shown = signed_in(Client(), staff(name)).get(reverse(url))
        assert shown.status_code == 200
        assert "Creators who knew" in shown.content.decode(), url
        assert "over 85 %" in shown.content.decode()
    page = signed_in(Client(), staff("eva")).get(reverse("ops:payout_figures"))
    assert page.context["rollout"].value == "100 %"


def test_a_creator_answers_once_when_it_is_over(desk):  # noqa: F811
    payout, stranger = queued(), rich()
    maya = payout.creator_id
    with pytest.raises(Conflict) as early:
        answer_question(payout_id=payout.pk, creator_id=maya, stars=5, by=HOUSE, at=clock.now())
    assert (early.value.code, question_about(payout.pk, creator_id=maya).is_open) == ("payouts.not_over", False)
    run_payouts(by=HOUSE)
    assert question_about(payout.pk, creator_id=maya).is_open

    answered = answer_question(payout_id=payout.pk, creator_id=maya, stars=4, words="Yes.", by=HOUSE, at=clock.now())

    assert (answered.is_open, answered.stars) == (False, 4)
    with pytest.raises(Conflict) as again:
        answer_question(payout_id=payout.pk, creator_id=maya, stars=1, by=HOUSE, at=clock.now())
    with pytest.raises(NotFound):
        question_about(payout.pk, creator_id=stranger)
    assert again.value.code == "payouts.answered"
    assert PayoutAnswer.objects.get().stars == 4


def test_the_question_stands_on_the_creators_page_until_it_is_answered(desk):  # noqa: F811
    maya = rich(500_00, "maya")
    payout = ask(maya)
    let_go(frozen(payout), was_wrong=False)
    browser = signed_in(Client(), portal_user(member("maya")))
    url = reverse("starz:payout", args=[payout.pk])

    assert "Did you always know where your money was?" in browser.get(url).content.decode()
    answer = reverse("starz:payout_answer", args=[payout.pk])
    assert browser.post(answer, {"stars": "9"}).status_code == 400
    said = browser.post(answer, {"stars": "5", "words": "Always clear."}, follow=True).content.decode()

    assert "You answered 5 of 5" in said
    assert browser.post(answer, {"stars": "1"}).status_code == 409
    assert PayoutAnswer.objects.get().words == "Always clear."
