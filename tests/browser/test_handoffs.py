"""Coming from a platform, as the person sees it."""

import pytest

from tests.cast import member, portal_user
from tests.identity.test_handoffs import link

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
def test_one_click_leads_to_the_payouts_and_no_further(open_page, axe, picture, theme, width):
    portal_user(member("maya"))
    page = open_page(theme=theme, width=width)
    page.goto(link(page="payouts"))
    picture(page, f"handoff-{theme}-{width}")
    assert axe(page) == []
    page.get_by_role("button", name="Go on as maya").click()
    page.wait_for_url("**/starz/payouts")
    page.goto("/starz/tax")
    page.get_by_text("Your platform sent you in to look").wait_for()
    picture(page, f"handoff-proof-{theme}-{width}")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.complaints == []
