"""A real browser on a live server: people by role, four looks, axe, weight and pictures."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests import cast
from tests.browser.pages import PAGES

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # playwright keeps a loop in this thread; the views run in another
PATIENCE = 60_000  # ms after which something hangs, however slow the machine
expect.set_options(timeout=PATIENCE)
VARIANTS = [("light", 1280), ("dark", 1280), ("light", 360), ("dark", 360)]
AXE = (Path(__file__).parent / "vendor/axe-4.14.1.min.js").read_text()
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN_AXE = """async standards => (await axe.run(document, {runOnly: standards})).violations.map(
    v => `${v.id}: ${v.nodes.map(n => n.html.slice(0, 160)).join(' | ')}`)"""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each page once, its look changing from day to day; every look with --all-variants."""
    if "case" in metafunc.fixturenames:
        every = metafunc.config.getoption("--all-variants")
        today = datetime.now(UTC).toordinal()
        cases = [
            pytest.param(page, *variant, id=f"{page.name}-{variant[0]}-{variant[1]}")
            for number, page in enumerate(PAGES)
            for variant in (VARIANTS if every else [VARIANTS[(number + today) % 4]])
        ]
        metafunc.parametrize(("case", "theme", "width"), cases)


@pytest.fixture(scope="session")
def chromium() -> Browser:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("no chromium on this machine: the pages were NOT looked at")
    connections.close_all()  # with a loop in this thread Django keeps connections elsewhere, and would lose these
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium, live_server, client):
    """Opens addresses for a person in one look, and fails on anything the browser complains about."""
    contexts = []

    def open_as(who: str = "", *, theme: str = "light", width: int = 1280, **options) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 800}, color_scheme=theme, base_url=live_server.url, **options
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        if who:
            sign_in(context, client, live_server.url, who)
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda said: said.type in ("error", "warning") and page.complaints.append(said.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        return page

    yield open_as
    for context in contexts:
        context.close()


def sign_in(context, client, base: str, who: str) -> None:
    """Give the browser the live session of a member of the cast."""
    if who == "dev":
        user = cast.developer()
    elif who in cast.STAFF:
        user = cast.staff(who)
    else:
        role = {"maya": "creator", "sam": "fan"}.get(who)
        user = cast.portal_user(cast.member(who, role)) if role else cast.user_called(who)
    cast.signed_in(client, user)
    context.add_cookies([{"name": name, "value": cookie.value, "url": base} for name, cookie in client.cookies.items()])


@pytest.fixture
def axe():
    """What axe finds wrong with a page, in words."""

    def violations(page: Page) -> list[str]:
        page.evaluate(f"() => {{ {AXE}; }}")
        return page.evaluate(RUN_AXE, STANDARDS)

    return violations


@pytest.fixture
def weigh():
    """Bytes of a first visit: files compressed as in production, the page itself as it is."""

    def bytes_of(page: Page, url: str) -> int:
        answers = []
        page.on("response", lambda answer: answers.append(answer))
        page.goto(url, wait_until="networkidle")
        bodies = {answer.url: answer.body() for answer in answers if answer.status < 300 or answer.status >= 400}
        return sum(len(gzip.compress(body)) if "/static/" in at else len(body) for at, body in bodies.items())

    return bytes_of


@pytest.fixture
def figures():
    """Writes down what was weighed and found where FIGURES points to; does nothing otherwise."""

    def note(**said) -> None:
        folder = os.environ.get("FIGURES")
        if folder:
            with (Path(folder) / f"{os.getpid()}.jsonl").open("a") as file:
                file.write(json.dumps(said) + "\n")

    return note


@pytest.fixture
def picture(request):
    """Keeps a picture of the page where SCREENSHOTS points to; does nothing otherwise."""

    def take(page: Page, name: str) -> None:
        folder = os.environ.get("SCREENSHOTS")
        if folder:
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    return take
