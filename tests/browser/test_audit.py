"""Proving who did what, from the page."""

import json
from pathlib import Path

import pytest

from foundation.audit.models import AuditRecord
from foundation.audit.services import record
from tests.cast import actor, sealed, staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def frozen():
    number = record("payout.frozen", by=actor(staff("fred")), subject=("payouts.payout", "PO-00412"), reason="Odd bank")
    sealed()
    return number


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
def test_the_list_and_a_record_are_clean(frozen, open_page, axe, picture, theme, width):
    page = open_page("carl", theme=theme, width=width)
    for address in ("/compliance/audit", f"/compliance/audit/{frozen}", "/compliance/"):
        page.goto(address)
        picture(page, f"audit{address.count('/')}{address[-1] == '/'}-{theme}-{width}")
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.complaints == []


def test_a_pack_for_one_payout_takes_three_clicks(frozen, open_page):
    page = open_page("udo")
    page.goto("/compliance/")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Audit").click()
    page.get_by_role("main").get_by_label("Search").fill("PO-00412")
    page.get_by_role("main").get_by_role("button", name="Search").click()
    with page.expect_download() as taken:
        page.get_by_role("link", name="Export pack").click()

    pack = json.loads(Path(taken.value.path()).read_text())

    assert [line["id"] for line in pack["records"]] == [frozen]
    assert pack["records"][0]["actor_name"] == "Fred"
    assert pack["records"][0]["proof"]["is_proven"] is True
    last = AuditRecord.objects.order_by("-id")[0]
    assert (last.action, last.outcome, last.facts["query"]) == ("audit.pack_taken", "read", {"words": "PO-00412"})


def test_a_record_shows_its_proof(frozen, open_page):
    page = open_page("carl")
    page.goto(f"/compliance/audit/{frozen}")
    assert page.get_by_text("Proven").is_visible()
    assert page.get_by_text("Odd bank").is_visible()


def test_a_moderator_reads_no_audit(open_page):
    page = open_page("ines")
    assert page.goto("/compliance/audit").status == 403
