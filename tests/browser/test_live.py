"""A page that follows what happens without being reloaded."""

import time
from collections import defaultdict
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from fanzmoney.trials.live_house import live_house
from foundation import clock
from foundation.approvals.services import withdraw_approval
from foundation.audit.models import AuditRecord
from foundation.hooks.services import create_endpoint, send_test
from foundation.ids import uuid7
from foundation.notifications.services import mark_all_read, notify, settle
from foundation.requests.writing import Line, note, write_waiting
from foundation.seal.verify import verify_all
from tests.approvals.stories import ask_for_role
from tests.cast import HOUSE, actor, platform, sealed, staff, user_called

CUTTABLE = """window.sockets = [];
window.WebSocket = class extends WebSocket { constructor(...all) { super(...all); window.sockets.push(this); } };"""
SHIFTS = """() => { window.shifts = []; new PerformanceObserver((list) => window.shifts.push(
  ...list.getEntries().filter((one) => !one.hadRecentInput).flatMap((one) => one.sources.map(
    ({ node, previousRect, currentRect }) => [node?.nodeName, previousRect.toJSON(), currentRect.toJSON()])))
).observe({ type: "layout-shift" }); }"""
WIDTHS = """([words, part]) => { for (const time of document.querySelectorAll(part)) time.textContent = words;
  return [...document.querySelectorAll("th")].map((head) => head.getBoundingClientRect().width); }"""
AN_AGE = """for (const time of document.querySelectorAll(".queue .due time")) {
  time.dataset.ago = ""; time.closest(".due").replaceWith(time); }"""
AGES = ("just now", "4 s ago", "59 min ago", "23 h ago", "364 d ago", "in 59 min")
CLOCKS = ("1 d 0 h left", "23 h 59 min left", "1 h 0 min left", "59 min left", "8 s left", "59 min overdue")
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


def test_whatever_happens_to_a_reading_the_last_news_are_shown(house, open_page):
    page = open_page("petra")
    page.clock.install()
    page.goto(house.url + "/ops/approvals")
    page.locator('#live[data-state="on"]').wait_for()
    page.clock.pause_at(clock.now() + timedelta(seconds=5))
    shown, held = page.locator("tbody a.main"), []

    def ask(name: str) -> None:
        page.clock.run_for(1500)  # it rested after what it read before
        ask_for_role(user_called(name))
        house.carry()

    def hold() -> None:
        """The next reading waits for its answer, which is of this moment."""
        held.clear()
        page.route(house.url + "/ops/approvals", lambda route: held.append((route, route.fetch())), times=1)

    def shows(count: int) -> None:
        """However long the page's own work takes between two of its clocks."""
        for _ in range(100):
            if shown.count() == count:
                return
            page.clock.run_for(500)
            page.wait_for_timeout(50)
        expect(shown).to_have_count(count)

    def wait_until_held() -> None:
        while not held:
            page.wait_for_timeout(50)

    # More is told while it reads: that is no failure to wait for.
    hold()
    ask("nora")
    wait_until_held()
    ask("otto")
    page.wait_for_timeout(500)
    held[0][0].fulfill(response=held[0][1])
    shows(2)

    # It is asked to wait.
    page.route(house.url + "/ops/approvals", lambda route: route.fulfill(status=429), times=1)
    with page.expect_response(house.url + "/ops/approvals"):
        ask("ida")
    shows(3)

    # Somebody sends a form, and stays.
    page.evaluate("document.querySelector('form').dispatchEvent(new Event('submit', { bubbles: true }))")
    ask("uma")
    page.wait_for_timeout(500)
    expect(shown).to_have_count(3)
    shows(4)

    # The answer never comes.
    hold()
    ask("vera")
    wait_until_held()
    shows(5)


def test_nothing_moves_by_itself_under_a_readers_eyes(house, open_page, axe, picture):
    first, *others = [ask_for_role(user_called(name)) for name in ("nora", "otto", "ida")]
    page = opened(house, open_page, "/ops/approvals")
    page.evaluate(SHIFTS)

    withdraw_approval(approval_id=first.pk, reason="Asked too early", by=actor(staff("adam")), at=clock.now())
    newest = ask_for_role(user_called("a-very-long-name-" * 5))
    house.carry()
    page.locator(f'tbody a.main[href$="{newest.pk}"]').wait_for()
    trace = page.locator("tbody tr").first
    assert trace.get_attribute("class") == "gone"
    assert trace.evaluate("row => row.inert")
    picture(page, "live-traces")
    assert axe(page) == []
    page.wait_for_timeout(1100)
    last = ask_for_role(user_called("uma"))
    house.carry()
    page.locator(f'tbody a.main[href$="{last.pk}"]').wait_for()

    assert page.evaluate("window.shifts") == []
    assert page.locator("#live").inner_text() == "Arrange"  # all of it is shown
    page.locator("#live").click()
    shown = page.locator("tbody a.main").evaluate_all("links => links.map((link) => link.href.split('/').pop())")
    assert shown == [str(request.pk) for request in (*others, newest, last)]
    assert page.locator("#live").inner_text() == "Live"


def test_a_persons_messages_change_in_place_and_new_ones_wait_above(house, open_page, axe):
    petra, facts = staff("petra"), defaultdict(str)

    def tell(dedupe):
        notify(recipients=[petra.pk], notice="approval.requested", dedupe=dedupe, facts=facts, at=clock.now())

    tell("first")
    page = opened(house, open_page, "/account/notifications")
    messages = page.get_by_role("region", name="Messages").get_by_role("listitem")
    settle(dedupe="first", at=clock.now())
    expect(messages).to_contain_text("Settled")
    expect(messages).not_to_contain_text("Unread")

    tell("second")
    page.locator("#bell[data-unread='1']").wait_for()
    page.locator('#live[data-state="news"]').wait_for()
    expect(messages).to_have_count(1)
    page.locator("#live").click()
    expect(messages).to_have_count(2)
    expect(messages.first).to_contain_text("Unread")
    expect(page.locator("#live")).to_have_text("Live")
    assert page.evaluate("window.isSamePage")
    assert axe(page) == []


def test_a_developer_watches_requests_and_deliveries_of_the_own_platform(house, open_page, axe):
    def asked(path, slug):
        line = Line(platform(slug).pk, uuid7(), time.monotonic(), "GET", path, 200, "", path, 7, "", "")
        note(line)
        write_waiting()

    page = opened(house, open_page, "/developers/requests", who="dev")
    asked("/api/v1/of-another", "girlfanz")
    asked("/api/v1/payments", "boyfanz")
    page.get_by_role("link", name="GET /api/v1/payments", exact=True).wait_for()
    asked("/api/v1/refunds", "boyfanz")
    page.get_by_role("link", name="GET /api/v1/refunds", exact=True).wait_for()
    expect(page.locator("#live")).to_have_text("Arrange")
    assert page.locator("tbody a.main").count() == 2
    assert axe(page) == []

    here = {"platform_id": platform("boyfanz").pk, "by": HOUSE, "at": clock.now()}
    hook = create_endpoint(url="http://127.0.0.1:9/hook", topics=["txn.capture"], **here).endpoint
    page.goto(f"{house.url}/developers/webhooks/{hook.pk}")
    page.locator('#live[data-state="on"]').wait_for()
    send_test(endpoint_id=hook.pk, **here)
    page.locator('#live[data-state="news"]').wait_for()
    again = page.get_by_role("button", name="Replay all failed")
    assert again.count() == 0  # it would push the button beside it away
    page.locator("#live").click()
    again.wait_for()
    page.get_by_role("link", name="hook.test", exact=True).wait_for()
    expect(page.locator("#live")).to_have_text("Live")

    page.get_by_role("button", name="Send a test", exact=True).click()
    said = page.get_by_text("A test message is on its way.")
    said.wait_for()
    page.locator('#live[data-state="on"]').wait_for()
    send_test(endpoint_id=hook.pk, **here)
    expect(page.locator(".kpi", has_text="Waits").locator(".value")).to_have_text("3")
    assert said.is_visible()


@pytest.mark.parametrize("width", [1280, 700])
def test_words_that_run_with_the_clock_move_no_column(house, open_page, width):
    ask_for_role(user_called("nora"))
    page = opened(house, open_page, "/ops/approvals", width=width)
    assert page.locator(".queue .due time").count() == 1
    found = set()
    for tone in ("", "over"):
        page.evaluate("tone => { document.querySelector('.due').className = `due ${tone}`; }", tone)
        found |= {tuple(page.evaluate(WIDTHS, [words, ".queue .due time"])) for words in CLOCKS}
    assert len(found) == 1
    page.evaluate(AN_AGE)
    assert len({tuple(page.evaluate(WIDTHS, [words, ".queue time[data-ago]"])) for words in AGES}) == 1


def test_the_bell_rings_on_any_page_and_a_list_pushes_nothing_down(house, open_page, picture):
    ask_for_role(user_called("nora"))
    page = opened(house, open_page, "/ops/")
    page.evaluate(SHIFTS)
    petra, facts = staff("petra"), defaultdict(str)
    for number in range(3):
        notify(recipients=[petra.pk], notice="approval.requested", dedupe=f"t:{number}", facts=facts, at=clock.now())
    page.get_by_role("link", name="Notifications, 3 unread", exact=True).wait_for()
    expect(page.locator("#bell-said")).to_have_text("Notifications, 3 unread")
    picture(page, "live-bell")
    mark_all_read(user_id=petra.pk, upto=uuid7(), at=clock.now())
    page.get_by_role("link", name="Notifications", exact=True).wait_for()

    ask_for_role(user_called("otto"))
    house.carry()
    page.locator('#live[data-state="news"]').wait_for()
    assert page.locator("tbody a.main").count() == 1
    assert page.evaluate("[window.isSamePage, window.shifts]") == [True, []]
    page.locator("#live").click()
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
