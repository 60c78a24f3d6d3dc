"""The bell, the messages behind it, and how one wants to hear."""

import pytest

from foundation import clock
from foundation.notifications.selectors import choices_of, count_unread
from foundation.notifications.services import notify
from tests.cast import staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def told():
    """Petra is told that a request waits for her."""
    petra = staff("petra")
    facts = {"title": "Give the role Finance", "approval_id": "1", "name": "Adam", "reason": "r", "due_at": "soon"}
    notify(recipients=[petra.pk], notice="approval.requested", dedupe="t:1", facts=Facts(facts), at=clock.now())
    return petra


class Facts(dict):
    """Any other fact the catalogue wants is a plain word."""

    def __missing__(self, name):
        return name


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
def test_messages_are_clean(told, open_page, axe, picture, theme, width):
    page = open_page("petra", theme=theme, width=width)
    page.goto("/account/notifications")
    picture(page, f"notifications-{theme}-{width}")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.complaints == []


def test_the_bell_counts_what_is_unread_and_reading_clears_it(told, open_page):
    page = open_page("petra")
    page.goto("/ops/")
    page.get_by_role("link", name="Notifications, 1 unread").click()
    page.get_by_role("button", name="Mark all as read").click()
    page.get_by_role("link", name="Notifications", exact=True).first.wait_for()
    assert count_unread(told.pk) == 0


def test_a_topic_can_come_here_only(told, open_page):
    topic = choices_of(told.pk)[0]
    assert topic.by_mail
    page = open_page("petra")
    page.goto("/account/notifications")
    page.get_by_label(f"{topic.about}: by mail").uncheck()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved. What waits for you").wait_for()
    assert [choice.by_mail for choice in choices_of(told.pk) if choice.topic == topic.topic] == [False]
