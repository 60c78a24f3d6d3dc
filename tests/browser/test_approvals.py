"""A request for a second person, decided on its page."""

import pytest

from foundation.identity.models import SessionMark
from tests.approvals.stories import ask_for_role, roles_of
from tests.cast import PASSWORD, staff, user_called

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
def test_the_queue_and_a_request_are_clean(open_page, axe, picture, theme, width):
    request = ask_for_role()
    page = open_page("carl", theme=theme, width=width)
    for address in ("/ops/approvals", f"/ops/approvals/{request.pk}"):
        page.goto(address)
        picture(page, f"approval{'s' if address.endswith('approvals') else ''}-{theme}-{width}")
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.complaints == []


def test_keys_alone_approve_a_request(open_page):
    nora = user_called("nora")
    ask_for_role(nora)
    page = open_page("carl")
    page.goto("/ops/approvals")

    for key in ("j", "Enter"):
        page.keyboard.press(key)
    page.get_by_role("heading", name="Give the role Finance").wait_for()
    page.keyboard.press("a")
    page.keyboard.type("Her letter was seen")
    page.keyboard.press("Enter")

    page.get_by_text("Approved. The change was made.").wait_for()
    assert roles_of(nora) == ["finance"]

    page = open_page("dev")
    SessionMark.objects.update(stepped_up_at=None)
    page.goto("/developers/keys")
    page.get_by_label("Name").fill("shop")
    page.get_by_label("payments:read").check()
    page.get_by_role("button", name="Make it").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("What you sent is not done yet: look at it and send it again.").wait_for()
    assert page.get_by_label("Name").input_value() == "shop"
    assert page.locator(".choices input:checked").count() == 1
    page.get_by_role("button", name="Make it").click()
    page.get_by_role("heading", name="Keep this secret now").wait_for()


def test_enter_alone_decides_nothing(open_page):
    nora = user_called("nora")
    request = ask_for_role(nora)
    page = open_page("carl")
    page.goto(f"/ops/approvals/{request.pk}")

    page.get_by_label("Reason").fill("Just typing")
    page.keyboard.press("Enter")
    page.reload()

    request.refresh_from_db()
    assert request.state == "PENDING"
    assert roles_of(nora) == []


def test_who_asked_reads_why_they_may_not_decide(open_page):
    request = ask_for_role()
    page = open_page("adam")
    page.goto(f"/ops/approvals/{request.pk}")
    assert page.get_by_text("You asked for this yourself, so somebody else decides.").is_visible()
    assert page.get_by_role("button", name="Approve").count() == 0
    assert page.get_by_role("button", name="Take it back").is_visible()


def test_what_was_typed_outlives_proving_oneself_and_is_sent_again_by_hand(open_page):
    nora = user_called("nora")
    request = ask_for_role(nora)
    page = open_page("carl")
    SessionMark.objects.filter(user=staff("carl")).update(stepped_up_at=None)
    page.goto(f"/ops/approvals/{request.pk}")
    page.get_by_label("Reason").fill("Her letter was seen")
    page.get_by_role("button", name="Approve").click()

    page.get_by_text("What you sent is not done yet; you come back to it.").wait_for()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()

    page.get_by_text("What you sent is not done yet: look at it and send it again.").wait_for()
    assert page.get_by_label("Reason").input_value() == "Her letter was seen"
    assert roles_of(nora) == []
    page.keyboard.press("Enter")
    page.get_by_text("Approved. The change was made.").wait_for()
    assert roles_of(nora) == ["finance"]
