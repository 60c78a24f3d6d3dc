"""The frame of every page, as people meet it."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_page_is_clean_light_and_fits(case, theme, width, open_page, axe, weigh, figures, picture):
    page = open_page(case.who, theme=theme, width=width)
    answers = []
    page.on("response", lambda answer: answers.append(answer))
    weight = weigh(page, case.url)
    picture(page, f"{case.name}-{theme}-{width}")

    violations = axe(page)
    figures(page=case.name, theme=theme, width=width, bytes=weight, violations=len(violations))

    assert answers[0].status == case.status
    assert violations == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("h1").count() == 1
    assert weight <= case.most_bytes
    assert [said for said in page.complaints if f"status of {case.status}" not in said] == []
    assert {answer.url.split("/")[2] for answer in answers} == {page.url.split("/")[2]}


def test_the_theme_stays_after_a_reload(open_page):
    page = open_page("fred")
    page.goto("/ops/")
    page.locator("summary").click()
    page.get_by_role("button", name="Dark").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"

    page.reload()

    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(15, 19, 24)"


def test_the_rail_is_a_drawer_on_a_phone(open_page):
    page = open_page("fred", width=360)
    page.goto("/ops/")
    rail = page.get_by_role("navigation", name="Main")
    assert not rail.is_visible()

    page.get_by_role("button", name="Menu", exact=True).click()

    assert rail.is_visible()
    assert page.evaluate("document.querySelector('#rail').contains(document.activeElement)")
    page.keyboard.press("Escape")
    rail.wait_for(state="hidden")
    assert page.evaluate("document.activeElement.hasAttribute('data-drawer')")


def test_the_first_tab_skips_to_the_content(open_page):
    page = open_page("fred")
    page.goto("/ops/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_letters_can_be_switched_off(open_page):
    page = open_page("fred")
    page.goto("/ops/")
    sheet = page.get_by_role("dialog", name="Keys")
    page.keyboard.press("?")
    assert sheet.is_visible()
    sheet.get_by_role("button", name="Off").click()
    page.keyboard.press("Escape")

    page.keyboard.press("?")

    assert not sheet.is_visible()


def test_a_chosen_zone_is_named_on_every_page(open_page):
    page = open_page("fred")
    page.goto("/account/profile")
    page.get_by_label("Time zone").select_option("Europe/Berlin")
    page.get_by_role("button", name="Save").click()
    page.goto("/ops/")
    assert page.get_by_text("All times in Europe/Berlin").is_visible()


@pytest.mark.parametrize("reader", ["/api/docs/", "/api/redoc/"])
def test_the_readers_of_the_api_ask_nothing_of_other_sites(reader, open_page):
    page = open_page()
    page.goto(reader, wait_until="networkidle")
    page.get_by_text("/api/v1/oauth/token").first.wait_for()
    assert page.complaints == []
