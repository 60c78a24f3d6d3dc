"""Ctrl+K by keyboard alone, and the same without any script."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_page_is_found_and_opened_without_a_mouse(open_page, axe):
    page = open_page("fred", width=360)
    page.goto("/ops/")
    page.keyboard.press("Control+k")
    palette = page.get_by_role("dialog", name="Search")
    palette.get_by_role("link", name="Home: Finance operations").wait_for()

    page.keyboard.type("payout")
    palette.get_by_role("link", name="Payout calendar").wait_for()
    assert palette.get_by_role("link", name="Home: Finance operations").count() == 0
    assert axe(page) == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.closest('#palette-hits') !== null")
    page.keyboard.type(" cal")
    assert page.locator("#palette-words").input_value() == "payout cal"
    palette.get_by_role("link", name="Payouts", exact=True).wait_for(state="detached")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ops/payouts/calendar")

    page.keyboard.press("Meta+k")
    palette.wait_for()
    page.keyboard.press("Escape")
    palette.wait_for(state="hidden")
    assert page.complaints == []


def test_without_a_script_the_button_leads_to_a_page(open_page):
    page = open_page("fred", java_script_enabled=False)
    page.goto("/ops/")
    page.get_by_role("link", name="Search").click()
    page.get_by_role("searchbox").fill("switches")
    page.keyboard.press("Enter")
    page.wait_for_url("**/crisis/")
