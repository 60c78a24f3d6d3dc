"""A page that follows what happens without being reloaded."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from fanzmoney.trials.live_house import live_house
from foundation import clock
from foundation.approvals.services import withdraw_approval
from foundation.audit.models import AuditRecord
from foundation.seal.verify import verify_all
from tests.approvals.stories import ask_for_role
from tests.cast import actor, sealed, staff, user_called

CUTTABLE = """window.sockets = [];
window.WebSocket = class extends WebSocket { constructor(...all) { super(...all); window.sockets.push(this); } };"""
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


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
def test_an_approver_watches_a_request_appear(house, open_page, axe, picture, theme, width):
    page = opened(house, open_page, "/ops/approvals", theme=theme, width=width)
    assert page.get_by_text("Nothing waits", exact=True).is_visible()

    ask_for_role(user_called("nora"))
    house.carry()

    page.get_by_role("link", name="Give the role Finance", exact=True).wait_for()
    assert page.locator("#rail-links .count").text_content().split() == ["1", "waiting"]
    assert page.evaluate("window.isSamePage")
    picture(page, f"live-approvals-{theme}-{width}")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.complaints == []


def test_what_is_typed_and_where_one_is_stays(house, open_page):
    request = ask_for_role(user_called("nora"))
    page = opened(house, open_page, f"/ops/approvals/{request.pk}")
    page.get_by_label("Reason").fill("Half a sen")

    withdraw_approval(approval_id=request.pk, reason="Asked too early", by=actor(staff("adam")), at=clock.now())
    house.carry()

    page.locator('#live[data-state="news"]').wait_for()
    assert page.get_by_label("Reason").input_value() == "Half a sen"
    assert page.evaluate("document.activeElement.name") == "reason"
    page.get_by_label("Reason").fill("")
    page.locator("#live").click()
    page.get_by_text("Taken back").first.wait_for()
    assert page.get_by_label("Reason").count() == 0


def test_a_page_that_lost_its_socket_says_so_and_catches_up(house, open_page):
    page = open_page("petra")
    page.add_init_script(CUTTABLE)
    page.goto(house.url + "/ops/approvals")
    page.locator('#live[data-state="on"]').wait_for()

    page.route("**/realtime/token", lambda route: route.abort())
    page.evaluate("window.sockets.at(-1).close()")
    page.locator('#live[data-state="late"]').wait_for()
    ask_for_role(user_called("nora"))
    house.carry()
    page.unroute("**/realtime/token")

    page.get_by_role("link", name="Give the role Finance", exact=True).wait_for()
    page.locator('#live[data-state="on"]').wait_for()


def test_however_often_it_is_tried_one_socket_is_open(house, open_page):
    page = open_page("petra")
    page.add_init_script(CUTTABLE)
    page.goto(house.url + "/ops/approvals")
    page.locator('#live[data-state="on"]').wait_for()

    page.route("**/realtime/token", lambda route: route.abort())
    page.evaluate("window.sockets.at(-1).close()")
    page.locator('#live[data-state="late"]').wait_for()
    page.unroute("**/realtime/token")
    page.evaluate("for (let i = 0; i < 5; i++) document.getElementById('live').click()")
    page.locator('#live[data-state="on"]').wait_for()
    page.wait_for_timeout(500)
    assert page.evaluate("window.sockets.filter((socket) => socket.readyState < 2).length") == 1


def test_what_comes_while_it_reads_is_no_failure_to_wait_for(house, open_page):
    page = open_page("petra")
    page.clock.install()
    page.goto(house.url + "/ops/approvals")
    page.locator('#live[data-state="on"]').wait_for()
    page.clock.pause_at(clock.now() + timedelta(seconds=5))
    read = []
    hold = lambda route: route.continue_() if read else read.append((route, route.fetch()))  # noqa: E731
    page.route(house.url + "/ops/approvals", hold)
    ask_for_role(user_called("nora"))
    house.carry()
    while not read:
        page.wait_for_timeout(50)
    ask_for_role(user_called("otto"))
    house.carry()
    page.wait_for_timeout(500)

    (route, answer), *_ = read
    route.fulfill(response=answer)
    page.locator("tbody a.main").first.wait_for()
    page.clock.run_for(1500)
    expect(page.locator("tbody a.main")).to_have_count(2)


def test_it_can_be_paused(house, open_page):
    page = opened(house, open_page, "/ops/approvals")
    page.locator("#live").click()
    assert page.locator("#live").inner_text() == "Paused"
    ask_for_role(user_called("nora"))
    house.carry()
    page.locator("#live").click()
    page.get_by_role("link", name="Give the role Finance", exact=True).wait_for()


def test_the_proof_of_the_audit_chain_follows_and_reads_no_record(house, open_page, settings, tmp_path):
    settings.STATE_DIR = tmp_path  # roots of other stories prove another chain
    page = opened(house, open_page, "/compliance/audit", who="carl")
    ask_for_role(user_called("nora"))
    sealed()
    assert verify_all("audit").findings == []
    house.carry()
    expect(page.locator("#chain")).to_contain_text("Chain verified to", timeout=20_000)
    assert AuditRecord.objects.filter(action="audit.searched").count() == 1
