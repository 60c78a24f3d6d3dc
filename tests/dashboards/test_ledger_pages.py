"""The books on pages: every figure leads to what it is made of, and every entry to why it was made."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from dashboards.ops.ledger import splits
from dashboards.ops.ledger.trial import AGED
from foundation import clock
from foundation.approvals.models import Approval
from foundation.approvals.services import approve
from foundation.audit.models import AuditRecord
from foundation.audit.services import record
from foundation.ids import uuid7
from ledger import chart
from ledger.reconciliation.books import books as registry
from ledger.reconciliation.selectors import get_break, list_open_breaks
from ledger.reconciliation.services import import_statement
from ledger.reconciliation.types import Book, LineIn
from ledger.selectors import get_balance
from ledger.services import open_account, place_hold, post
from ledger.services import reverse as take_back
from tests.cast import HOUSE, actor, platform, sealed, signed_in, staff
from tests.ledger.books import KINDS, as_owner, pay, usd, wallet, world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kinds(db):
    with as_owner() as owner:
        owner.execute(KINDS.encode())


@pytest.fixture
def fred():
    return signed_in(Client(), staff("fred"))


def page(client, name, *args, **query):
    response = client.get(reverse(f"ops:{name}", args=args), query)
    assert response.status_code == 200, response.content[:500]
    return response


def text(response):
    return " ".join(response.content.decode().split())


def test_the_tree_leads_from_kinds_to_lines_to_accounts(fred):
    sam = wallet(1250)

    kinds = page(fred, "ledger")
    line = page(fred, "ledger", kind="story", purpose="wallet")
    accounts = page(fred, "ledger_accounts", kind="story", purpose="wallet", currency="USD")

    assert "Balanced" in text(kinds)
    assert "?kind=story&amp;purpose=wallet" in text(kinds)
    assert "$12.50" in text(line)
    assert reverse("ops:ledger_account", args=[sam]) in text(accounts)
    assert fred.get(reverse("ops:ledger"), {"kind": "story", "purpose": "nothing"}).status_code == 404
    assert fred.get(reverse("ops:ledger"), {"as_of": "soon"}).status_code == 400


def test_the_books_as_of_a_day_are_those_of_its_end(fred):
    sam = wallet()
    post(pay(world(), sam, 777, effective_at=clock.now() - timedelta(days=10)))
    wallet(50)

    then = page(fred, "ledger", as_of=f"{clock.now() - timedelta(days=5):%Y-%m-%d}")

    assert "$7.77" in text(then)
    assert "$8.27" in text(page(fred, "ledger"))


def test_an_accounts_page_closes_at_its_balance(fred):
    sam, maya = wallet(1000), wallet()
    post(pay(sam, maya, 300, kind="tip"))
    place_hold(id=uuid7(), account_id=sam, amount=usd(100), reason="CHARGEBACK_SPIKE")

    shown = page(fred, "ledger_account", sam)

    context = shown.context
    assert context["statement"].closing == get_balance(sam).posted == usd(700)
    assert [row.cells[-1] for row in context["lines"].rows] == [usd(0), usd(1000), usd(700), usd(700)]
    assert context["chart"].points[-1][1] == usd(700)
    assert "CHARGEBACK_SPIKE" in text(shown)
    assert fred.get(reverse("ops:ledger_account", args=[4_000_000])).status_code == 404


def test_a_long_statement_is_carried_forward_from_page_to_page(fred):
    sam, maya = wallet(10_000), wallet()
    for minor in range(1, 56):
        post(pay(sam, maya, minor))

    first = page(fred, "ledger_account", maya).context["lines"]
    assert first.next_word == "Later"
    second = fred.get(reverse("ops:ledger_account", args=[maya]) + first.next_url).context["lines"]

    assert first.rows[-1].cells[-1] == second.rows[0].cells[-1] == usd(sum(range(1, 51)))
    assert second.rows[0].cells[1] == "Brought forward"
    assert second.rows[-1].cells[-1] == get_balance(maya).posted


@pytest.mark.parametrize(("form", "begins"), [("csv", b"time,"), ("jsonl", b'{"account_id"'), ("pdf", b"%PDF")])
def test_a_statement_is_taken_away_and_that_is_written_down(fred, form, begins):
    sam = wallet(1000)

    response = fred.get(reverse("ops:ledger_statement", args=[sam, form]))

    assert b"".join(response).startswith(begins)
    assert AuditRecord.objects.get(action="ledger.statement_taken").facts["query"]["account_id"] == str(sam)
    assert fred.get(reverse("ops:ledger_statement", args=[sam, "docx"])).status_code == 404


def test_an_entry_shows_its_chain_of_cause(fred):
    sam, maya = wallet(1000), wallet()
    ines = actor(staff("ines"))
    number = record("story.tip_given", by=ines, subject=("stories.tip", "T-1"), reason="well sung")
    posted = post(pay(sam, maya, 300, kind="tip", meta={"note": "for the song"})).id
    back = take_back(posted, id=uuid7()).id

    shown = page(fred, "ledger_entry", posted)

    titles = [moment.title for moment in shown.context["chain"]]
    assert titles[:2] == ["Entry", "Journal"]
    assert "Cause: story.tip_given" in titles
    assert titles[-1] == "Request"
    assert ines.request_id in text(shown)
    assert "for the song" in text(shown)
    assert reverse("ops:ledger_entry", args=[back]) in text(shown)
    assert "the entry it reverses" in text(page(fred, "ledger_entry", back))
    assert fred.get(reverse("ops:ledger_entry", args=[uuid7()])).status_code == 404
    assert number


@pytest.mark.django_db(transaction=True)
def test_an_entry_is_proven_by_its_seal(fred):
    posted = post(pay(world(), wallet(), 5)).id
    sealed("ledger")

    shown = page(fred, "ledger_entry", posted)

    assert shown.context["proof"]["is_proven"] is True


def test_the_trial_balance_and_the_ages_are_shown_and_taken_away(fred):
    wallet(1000)

    assert "Balanced" in text(page(fred, "trial_balance"))
    assert "Wallet" in text(page(fred, "trial_balance"))
    for form in ("csv", "jsonl", "pdf"):
        assert b"".join(fred.get(reverse("ops:trial_balance_file", args=[form])))
    assert fred.get(reverse("ops:trial_balance_file", args=["docx"])).status_code == 404
    page(fred, "ageing")


def test_money_that_waits_is_shown_by_its_age(fred):
    line = chart.earning_line("pending", uuid7(), uuid7(), "tip", "USD")
    post(pay(world(), open_account(line), 4321))

    assert "$43.21" in text(page(fred, "ageing"))


def test_the_lines_that_age_are_lines_of_the_chart():
    assert chart.CHART.keys() >= AGED


def test_a_difference_is_taken_and_settled_on_its_page(fred):
    registry.add("bank", Book("The bank", "story", "world"))
    try:
        now = clock.now()
        import_statement(
            book="bank", reference="2026-1", since=now - timedelta(days=1), until=now + timedelta(days=1),
            lines=[LineIn("a-1", usd(33), now)], by=HOUSE, at=now,
        )  # fmt: skip
        (opened,) = list_open_breaks()
        url = reverse("ops:reconciliation_break", args=[opened.id])
        posted = post(pay(world(), wallet(), 33)).id

        assert "a-1" in text(page(fred, "reconciliation"))
        fred.post(url, {"do": "take"})
        assert get_break(opened.id).state == "TAKEN"
        assert "a-1" in text(page(fred, "reconciliation", view="mine"))
        assert fred.post(url, {"do": "dance"}).status_code == 400
        assert fred.post(url, {"do": "resolve", "transfer_id": "no", "reason": "x"}).status_code == 200
        fred.post(url, {"do": "resolve", "transfer_id": str(posted), "reason": "booked now"})

        settled = get_break(opened.id)
        assert (settled.state, settled.resolving_transfer_id) == ("RESOLVED", posted)
        assert "a-1" in text(page(fred, "reconciliation", view="settled"))
        assert "Settle</button>" not in text(page(fred, "reconciliation_break", opened.id))
    finally:
        registry.remove("bank")


def test_an_auditor_reads_and_does_not_work_on_differences():
    udo = signed_in(Client(), staff("udo"))

    page(udo, "reconciliation")
    assert udo.post(reverse("ops:reconciliation_break", args=[uuid7()]), {"do": "take"}).status_code == 403
    assert signed_in(Client(), staff("ines")).get(reverse("ops:ledger")).status_code == 403


def test_a_split_is_proposed_agreed_to_and_shown_with_its_history(fred, monkeypatch):
    boyfanz = platform()
    assert "80.00 %" in text(page(fred, "splits"))
    wish = {"platform": str(boyfanz.pk), "product": "tip", "share": "87.50", "reason": "Agreed with them"}

    refused = fred.post(reverse("ops:ask_split"), {**wish, "share": "101"})
    asked = fred.post(reverse("ops:ask_split"), wish)

    assert refused.status_code == 200
    (waiting,) = Approval.objects.filter(policy__kind="split.change")
    assert asked.url == reverse("ops:approval", args=[waiting.pk])
    assert waiting.payload["creator_basis_points"] == 8_750
    assert "87.50 %" not in text(page(fred, "splits"))
    petra = actor(staff("petra"))
    approve(approval_id=waiting.pk, seen_hash=waiting.change_hash, reason="Right", by=petra, at=clock.now())

    shown = text(page(fred, "splits"))
    assert shown.count("87.50 %") == 2
    assert f'href="{asked.url}">87.50 % creator, 12.50 % platform' in shown
    monkeypatch.setattr(splits, "PAGE", 1)
    first = page(fred, "splits").context["versions"]
    second = fred.get(reverse("ops:splits") + first.next_url).context["versions"]
    assert [len(first.rows), len(second.rows), second.next_url] == [1, 1, ""]
    assert first.rows != second.rows
    assert fred.get(reverse("ops:splits"), {"cursor": "x"}).status_code == 404
    udo = signed_in(Client(), staff("udo"))
    page(udo, "splits")
    assert udo.get(reverse("ops:ask_split")).status_code == 403


def test_a_split_that_cannot_be_is_refused_on_its_form(fred):
    wish = {"platform": "", "product": "", "share": "70", "since": "2020-01-01", "reason": "Too late"}

    answer = fred.post(reverse("ops:ask_split"), wish)

    assert "A split begins in the future." in text(answer)
    assert not Approval.objects.filter(policy__kind="split.change").exists()


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_at_the_end_of_the_calendar_is_refused(fred, day):
    sam = wallet(1000)
    account = {"args": [sam]}
    asked = [
        (reverse("ops:ledger"), {"as_of": day}), (reverse("ops:ageing"), {"as_of": day}),
        (reverse("ops:trial_balance_file", args=["csv"]), {"as_of": day}),
        (reverse("ops:ledger_account", **account), {"since": day}),
        (reverse("ops:ledger_account", **account), {"until": day}),
        (reverse("ops:ledger_statement", args=[sam, "csv"]), {"until": day}),
    ]  # fmt: skip

    assert {url: fred.get(url, query).status_code for url, query in asked} == {url: 400 for url, _ in asked}
    assert fred.get(reverse("ops:payments"), {"until": day}).status_code in {200, 400}
