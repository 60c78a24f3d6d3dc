"""A creator's payouts with eyes, few clicks and the keyboard: asked for, explained, and what can be done."""

import pytest
from django.db import transaction

from foundation import clock
from foundation.actors import system
from foundation.reasons import Reason
from foundation.states import move
from foundation.uploads.models import Upload
from foundation.uploads.states import Kind, State
from payouts.life.models import Payout
from tests.browser.pages import KILOBYTE
from tests.payouts.conftest import desk  # noqa: F401  a rail inside the process
from tests.payouts.freezes.conftest import standing  # noqa: F401
from tests.payouts.freezes.stories import frozen, frozen_part, maya, waiting
from tests.payouts.scene import method_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def creator_id(desk):  # noqa: F811
    """Maya with money, two ways of being paid, a payout that waits, one on hold, and a part of her balance on hold."""
    creator_id = maya(5_000_00)
    method_of(creator_id, email="second@paxum.example")
    waiting(100_00, creator_id)
    held = waiting(200_00, creator_id)
    frozen(held, code=Reason.CHARGEBACK_SPIKE, facts={"disputes": 5}, action="answer_disputes")
    documents(held.pk)
    conditions = [{"measure": "refund_percent", "start": "41", "target": "30"}]
    frozen_part(creator_id, 50_00, code=Reason.HIGH_REFUND_RATIO, path="CONDITION_MET", conditions=conditions)
    return creator_id


def documents(payout_id):
    """One of each kind and state, as the scanner left them."""
    for kind, verdict in zip(Kind, (None, "", "Win.Test.EICAR_HDB-1"), strict=True):
        upload = Upload.objects.create(
            party=Payout.objects.get(pk=payout_id).creator, subject_type="payout", subject_id=payout_id, kind=kind,
            size=123_456, digest=kind.value.encode(), file=kind.value, state=State.WAITING, sent_by="maya",
            sent_at=clock.now(),
        )  # fmt: skip
        if verdict is not None:
            to = State.REFUSED if verdict else State.READY
            with transaction.atomic():
                move(upload, to=to, by=system("uploads"), at=clock.now(), finding=verdict)


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
def test_what_runs_and_what_is_held_is_clean_to_read(creator_id, open_page, axe, weigh, picture, theme, width):
    page = open_page("maya", theme=theme, width=width)
    plain, held = Payout.objects.order_by("pk")
    for name, address in {
        "home": "/starz/", "list": "/starz/payouts", "waits": f"/starz/payouts/{plain.pk}",
        "held": f"/starz/payouts/{held.pk}", "calendar": "/starz/calendar", "standing": "/starz/standing",
    }.items():  # fmt: skip
        weight = weigh(page, address)
        picture(page, f"starz-{name}-{theme}-{width}")
        assert axe(page) == [], name
        assert weight <= 120 * KILOBYTE, name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert page.complaints == [], name


def test_a_payout_is_asked_for_in_two_clicks_from_home(creator_id, open_page):
    page = open_page("maya")
    page.goto("/starz/")
    page.click("nav >> text=Payouts")
    page.click("text=Ask for $")
    page.wait_for_url("**/starz/payouts/*-*")
    assert Payout.objects.count() == 3
    assert "Waits with us" in page.inner_text("main")


def test_why_it_is_late_is_read_without_a_click_and_acted_on_with_one(creator_id, open_page):
    page = open_page("maya")
    page.goto("/starz/")
    assert "5 card disputes arrived in 7 days." in page.inner_text("main")
    page.click("text=On hold, to Paxum")
    assert "Answer your disputes" in page.inner_text("main")
    assert "Ask a person" in page.inner_text("main")
