"""Following money on pages: from the tree to the account, the entry and why it was made."""

from datetime import timedelta

import pytest

from foundation import clock
from foundation.audit.services import record
from foundation.ids import uuid7
from ledger.reconciliation.books import books as registry
from ledger.reconciliation.selectors import list_open_breaks
from ledger.reconciliation.services import import_statement
from ledger.reconciliation.types import Book, LineIn
from ledger.services import place_hold, post
from tests.cast import HOUSE, actor, staff
from tests.ledger.books import KINDS, as_owner, fees, pay, usd, wallet, world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def sam():
    """A wallet that was used for some weeks."""
    with as_owner() as owner:
        owner.execute(KINDS.encode())
    sam = wallet()
    today = clock.now()
    for days, minor in ((60, 120_000), (40, 5_000), (20, 80_000)):
        post(pay(world(), sam, minor, kind="top_up", effective_at=today - timedelta(days=days)))
        post(pay(sam, fees(), minor // 3, kind="subscription", effective_at=today - timedelta(days=days - 5)))
    place_hold(id=uuid7(), account_id=sam, amount=usd(2_500), reason="CHARGEBACK_SPIKE")
    return sam


@pytest.fixture
def difference(sam):
    registry.add("bank", Book("The bank", "story", "world"))
    now = clock.now()
    import_statement(
        book="bank", reference="2026-1", since=now - timedelta(days=1), until=now + timedelta(days=1),
        lines=[LineIn("wire-17", usd(3_300), now)], by=HOUSE, at=now,
    )  # fmt: skip
    yield next(row for row in list_open_breaks() if row.kind == "unexpected")
    registry.remove("bank")


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
def test_the_books_are_clean_to_read(sam, difference, open_page, axe, picture, theme, width):
    record("story.topped_up", by=actor(staff("ines")), subject=("stories.wallet", "W-1"))
    entry = post(pay(world(), sam, 1_000)).id
    page = open_page("fred", theme=theme, width=width)
    for name, address in {
        "tree": "/ops/ledger/", "line": "/ops/ledger/?kind=story&purpose=wallet",
        "accounts": "/ops/ledger/accounts?kind=story", "account": f"/ops/ledger/accounts/{sam}",
        "entry": f"/ops/ledger/entries/{entry}", "trial": "/ops/ledger/trial-balance",
        "breaks": "/ops/reconciliation", "break": f"/ops/reconciliation/{difference.id}",
    }.items():  # fmt: skip
        page.goto(address)
        picture(page, f"ledger-{name}-{theme}-{width}")
        assert axe(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    assert page.complaints == []


def test_money_is_followed_from_the_tree_to_its_cause(sam, open_page):
    page = open_page("fred")
    page.goto("/ops/")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Ledger").click()
    page.get_by_role("link", name="Wallet", exact=True).click()
    page.get_by_role("link", name="All platforms").click()
    page.locator("table a.main").first.click()
    assert page.get_by_role("img", name="Balance of").is_visible()
    page.get_by_role("link", name="top_up").first.click()
    assert page.get_by_text("Chain of cause").is_visible()


def test_a_statement_is_taken_away_from_its_page(sam, open_page):
    page = open_page("udo")
    page.goto(f"/ops/ledger/accounts/{sam}")
    with page.expect_download() as taken:
        page.get_by_role("link", name="CSV").click()
    assert taken.value.suggested_filename.startswith(f"statement-{sam}-")
