"""A page that follows what happens without being reloaded."""

import pytest

from tests.approvals.stories import ask_for_role
from tests.cast import user_called
from tests.live.house import live_house

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def house(transactional_db, settings):
    settings.LIVE_PAGES = True
    with live_house() as house:
        yield house


def opened(house, open_page, address, who="petra", **look):
    page = open_page(who, **look)
    page.goto(house.url + address)
    page.locator('#live[data-state="on"]').wait_for()
    page.evaluate("window.isSamePage = true")
    return page


def test_an_approver_watches_a_request_appear(house, open_page, axe, picture):
    page = opened(house, open_page, "/ops/approvals")
    assert page.get_by_text("Nothing waits", exact=True).is_visible()

    ask_for_role(user_called("nora"))
    house.carry()

    page.get_by_role("link", name="Give the role Finance", exact=True).wait_for()
    assert page.locator("#rail-links .count").inner_text().split() == ["1", "waiting"]
    assert page.evaluate("window.isSamePage")
    picture(page, "live-approvals")
    assert axe(page) == []
    assert page.complaints == []
