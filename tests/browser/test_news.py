"""Letters nobody could deliver, seen and tried again from the page."""

import pytest

from foundation import clock
from foundation.inbox import letters
from foundation.inbox.models import Letter
from tests.cast import staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def parked():
    user = staff("fred")
    letter = Letter.objects.create(
        group="alerting", event_id=1, event_type="user.role_granted", aggregate_type="identity.user",
        aggregate_id=str(user.pk), sequence=1, error="ValueError: odd", tries=5,
        next_try_at=clock.now(),
    )  # fmt: skip
    letters.park(letter.pk, "ValueError: odd")
    return letter


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
def test_a_parked_letter_is_clean_on_its_page_and_at_home(parked, open_page, axe, picture, theme, width):
    page = open_page("adam", theme=theme, width=width)
    for address in ("/ops/news", "/ops/"):
        page.goto(address)
        picture(page, f"news{address.replace('/', '_')}-{theme}-{width}")
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.complaints == []


def test_an_admin_tries_a_letter_again(parked, open_page):
    page = open_page("adam")
    page.goto("/ops/news")
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("user.role_granted is tried again now").wait_for()
    parked.refresh_from_db()
    assert parked.state == "trying"


def test_an_auditor_only_looks(parked, open_page):
    page = open_page("udo")
    page.goto("/ops/news")
    assert page.get_by_text("ValueError: odd").is_visible()
    assert page.get_by_role("button", name="Try again").count() == 0
