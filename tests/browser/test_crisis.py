"""Stopping something in an emergency, and the way back."""

from datetime import timedelta

import pytest

from foundation.switches.models import Switch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ADDRESS = "/crisis/switches/login.portals"


def stop(page) -> None:
    page.goto(ADDRESS)
    page.get_by_role("button", name="Stop it").first.click()
    dialog = page.get_by_role("dialog", name="Creators and fans sign in")
    dialog.get_by_label("Reason").fill("Stolen passwords are tried")
    assert dialog.get_by_role("button", name="Stop it").is_disabled()
    dialog.get_by_label("Type").fill("stop login.portals")
    dialog.get_by_role("button", name="Stop it").click()
    page.get_by_text("Stopped everywhere within two seconds.").wait_for()


@pytest.mark.parametrize(("theme", "width"), [("dark", 1280), ("light", 360)])
def test_a_stopped_switch_is_clean_on_its_page_on_the_list_and_at_home(open_page, axe, picture, theme, width):
    page = open_page("fred", theme=theme, width=width)
    stop(page)
    for address in (ADDRESS, "/crisis/", "/ops/"):
        page.goto(address)
        picture(page, f"stopped{address.replace('/', '_')}-{theme}-{width}")
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.complaints == []


def test_the_way_back_waits_for_a_second_person(open_page):
    page = open_page("fred")
    stop(page)
    page.get_by_role("main").get_by_label("Reason").fill("The attack is over")
    page.get_by_role("button", name="Ask for it").click()

    page.get_by_role("link", name="look at the request").click()

    page.get_by_role("button", name="Take it back").wait_for()
    assert page.get_by_role("button", name="Approve").count() == 0
    switch = Switch.objects.get(pk="login.portals")
    assert switch.state == "STOPPED"
    assert switch.expires_at - switch.changed_at == timedelta(hours=4)


def test_a_phrase_that_is_only_almost_right_stops_nothing(open_page):
    page = open_page("fred")
    page.goto(ADDRESS)
    token = page.locator("meta[name=csrf-token]").get_attribute("content")
    said = {"deed": "stop", "reason": "x", "hours": "", "confirm": "STOP LOGIN", "csrfmiddlewaretoken": token}
    answer = page.request.post(ADDRESS, form=said)
    assert "Type STOP LOGIN.PORTALS to go on. Nothing was changed." in answer.text()
    assert not Switch.objects.filter(pk="login.portals", state="STOPPED").exists()


def test_a_moderator_sees_switches_but_has_no_button(open_page):
    page = open_page("ines")
    page.goto(ADDRESS)
    assert page.get_by_role("heading", name="Creators and fans sign in").is_visible()
    assert page.get_by_role("button", name="Stop it").count() == 0
