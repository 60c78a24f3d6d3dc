"""What others say against our books, and our books against themselves; differences are settled by postings alone."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound, PayloadMismatch
from foundation.events.models import Outbox
from foundation.ids import uuid7
from foundation.jobs.registry import jobs
from foundation.money import Money
from ledger.models import Break, Settled
from ledger.reconciliation.books import books as registry
from ledger.reconciliation.errors import DoesNotSettle
from ledger.reconciliation.selectors import count_open_breaks, get_break, list_open_breaks, list_resolved_breaks
from ledger.reconciliation.services import (
    check_balances,
    give_back_break,
    import_statement,
    match_book,
    reconcile,
    resolve_break,
    take_break,
)
from ledger.reconciliation.types import Book, LineIn
from ledger.services import place_hold, post, reverse
from ledger.types import Posting
from tests.cast import HOUSE, actor, staff
from tests.ledger.books import as_owner, fees, pay, rows, usd, wallet, world


@pytest.fixture
def bank():
    """The outside world's own statement of what it gave us and got from us."""
    registry.add("bank", Book("The bank", "story", "world", reference="bank_reference", grace=timedelta(hours=1)))
    yield "bank"
    registry.remove("bank")


def received(minor, reference):
    """Money from the bank: a debit of the account that mirrors it."""
    return post(pay(world(), wallet(), minor, meta={"bank_reference": reference})).id


def told(*lines, reference="2026-1", book="bank", until_hours=10):
    now = clock.now()
    given = [LineIn(name, amount, now) for name, amount in lines]
    return import_statement(
        book=book, reference=reference, since=now - timedelta(days=1), until=now + timedelta(hours=until_hours),
        lines=given, by=HOUSE, at=now,
    )  # fmt: skip


def news():
    return list(Outbox.objects.filter(type__startswith="recon.").order_by("id").values_list("type", flat=True))


def kinds():
    return {row.reference: (row.kind, row.difference.minor) for row in list_open_breaks()}


def test_lines_that_agree_find_their_postings_and_nothing_is_opened(bank):
    first = received(500, "w-1")
    received(70, "w-2")

    imported = told(("w-1", usd(500)), ("w-2", usd(70)))

    assert (imported.is_new, imported.matched, imported.opened) == (True, 2, 0)
    assert Settled.objects.get(transfer_id=first).line.reference == "w-1"
    assert count_open_breaks() == 0


def test_each_difference_opens_once_with_what_is_needed_to_settle_it(bank):
    received(500, "differs")
    received(70, "missing")

    imported = told(("differs", usd(450)), ("unexpected", usd(33)))
    match_book(bank, by=HOUSE, at=clock.now())
    reconcile(by=HOUSE, at=clock.now())

    assert (imported.matched, imported.opened) == (0, 3)
    assert kinds() == {"differs": ("different", -50), "unexpected": ("unexpected", 33), "missing": ("missing", -70)}
    assert news() == ["recon.break_opened"] * 3
    different = next(row for row in list_open_breaks() if row.kind == "different")
    assert (different.expected, different.found, different.facts["differs"]) == (usd(500), usd(450), ["amount"])
    assert different.due_at - different.opened_at == timedelta(hours=48)


def test_what_is_still_on_its_way_is_not_missing_yet(bank):
    received(70, "on-its-way")
    now = clock.now()

    told(until_hours=0.5)

    assert count_open_breaks() == 0
    told(("on-its-way", usd(70)), reference="2026-2")
    assert count_open_breaks() == 0
    assert now


def test_a_posting_that_comes_late_closes_the_difference_by_itself(bank):
    told(("late", usd(33)))
    (opened,) = list_open_breaks()

    received(33, "late")
    match_book(bank, by=HOUSE, at=clock.now())

    assert get_break(opened.id).resolution == "matched"
    assert news() == ["recon.break_opened", "recon.break_resolved"]
    assert [row.id for row in list_resolved_breaks()] == [opened.id]


def test_the_same_statement_again_is_the_same_and_never_another(bank):
    now = clock.now()
    given = {"book": bank, "reference": "r", "since": now - timedelta(days=1), "until": now + timedelta(hours=1)}
    first = import_statement(**given, lines=[LineIn("a", usd(1), now)], by=HOUSE, at=now)

    again = import_statement(**given, lines=[LineIn("a", usd(1), now)], by=HOUSE, at=now)

    assert (again.statement_id, again.is_new) == (first.statement_id, False)
    with pytest.raises(PayloadMismatch):
        import_statement(**given, lines=[LineIn("a", usd(2), now)], by=HOUSE, at=now)
    with pytest.raises(NotFound):
        import_statement(**{**given, "book": "nobody"}, lines=[], by=HOUSE, at=now)
    for bad in (LineIn("a", usd(0), now), LineIn("", usd(1), now), LineIn("a", usd(1), now + timedelta(days=3))):
        with pytest.raises(Invalid):
            import_statement(**{**given, "reference": "s"}, lines=[bad], by=HOUSE, at=now)
    assert count_open_breaks() == 1


def test_a_posting_settles_what_it_puts_right_and_nothing_else(bank):
    fred = actor(staff("fred"))
    told(("found", usd(33)))
    (opened,) = list_open_breaks()
    too_little, elsewhere, right = received(30, "x"), post(pay(wallet(9), fees(), 9)).id, received(33, "another name")

    take_break(break_id=opened.id, by=fred, at=clock.now())
    for wrong in (too_little, elsewhere):
        with pytest.raises(DoesNotSettle), transaction.atomic():
            resolve_break(break_id=opened.id, transfer_id=wrong, reason="no", by=fred, at=clock.now())
    with pytest.raises(NotFound), transaction.atomic():
        resolve_break(break_id=opened.id, transfer_id=UUID(int=1), reason="no", by=fred, at=clock.now())
    resolve_break(break_id=opened.id, transfer_id=right, reason="the transfer of the 3rd", by=fred, at=clock.now())

    settled = get_break(opened.id)
    assert (settled.state, settled.resolution, settled.resolving_transfer_id) == ("RESOLVED", "posting", right)
    assert settled.owner == fred.reference
    with pytest.raises(Conflict):
        resolve_break(break_id=opened.id, transfer_id=right, reason="again", by=fred, at=clock.now())
    match_book(bank, by=HOUSE, at=clock.now())
    assert "x" in kinds()
    assert "another name" not in kinds(), "the settling posting itself is not looked for"


def test_a_posting_they_never_list_is_settled_by_its_reversal(bank):
    fred, posted = actor(staff("fred")), received(70, "never")
    told()
    (missing,) = list_open_breaks()

    back = reverse(posted, id=uuid7()).id
    resolve_break(break_id=missing.id, transfer_id=back, reason="never arrived", by=fred, at=clock.now())
    match_book(bank, by=HOUSE, at=clock.now())

    assert count_open_breaks() == 0
    assert set(Settled.objects.values_list("transfer_id", flat=True)) == {posted, back}


def test_one_posting_does_not_settle_two_differences(bank):
    fred = actor(staff("fred"))
    told(("a", usd(33)), ("b", usd(33)))
    first, second = list_open_breaks()
    posted = received(33, "c")
    resolve_break(break_id=first.id, transfer_id=posted, reason="r", by=fred, at=clock.now())

    with pytest.raises(DoesNotSettle):
        resolve_break(break_id=second.id, transfer_id=posted, reason="r", by=fred, at=clock.now())


def test_work_is_taken_handed_over_and_given_back(bank):
    fred, adam = actor(staff("fred")), actor(staff("adam"))
    told(("a", usd(33)))
    (opened,) = list_open_breaks()

    take_break(break_id=opened.id, by=fred, at=clock.now())
    take_break(break_id=opened.id, by=adam, at=clock.now())
    assert [row.id for row in list_open_breaks(owner=adam.reference)] == [opened.id]
    give_back_break(break_id=opened.id, by=adam, at=clock.now())

    assert get_break(opened.id).owner == ""
    with pytest.raises(Conflict):
        give_back_break(break_id=opened.id, by=adam, at=clock.now())


def test_only_what_moved_is_added_up_again():
    sam = wallet(1000)
    first = check_balances(by=HOUSE, at=clock.now())
    post(pay(sam, wallet(), 1))

    second, third = (check_balances(by=HOUSE, at=clock.now()) for _ in range(2))

    assert (first.slots, second.slots, third.slots) == (2, 2, 0)
    assert first.opened == second.opened == third.opened == 0


@pytest.mark.tampers
@pytest.mark.django_db(transaction=True)
def test_a_balance_that_was_changed_by_hand_is_found_once_and_settled():
    sam, fred = wallet(1000), actor(staff("fred"))
    check_balances(by=HOUSE, at=clock.now())
    post(pay(sam, wallet(), 100))
    with as_owner() as owner:
        owner.execute("ALTER TABLE ledger_balance DISABLE TRIGGER USER")
        owner.execute("UPDATE ledger_balance SET posted = posted + 7, held = held + 1 WHERE account_id = %s", [sam])
        owner.execute("ALTER TABLE ledger_balance ENABLE TRIGGER USER")

    check_balances(by=HOUSE, at=clock.now())
    check_balances(by=HOUSE, at=clock.now())

    found = {row.kind: row for row in list_open_breaks()}
    assert set(found) == {"balance", "held", "sum"}
    assert (found["balance"].expected, found["balance"].found, found["balance"].account_id) == (usd(907), usd(900), sam)
    assert (found["held"].difference, found["sum"].difference) == (usd(-1), usd(7))
    moved = post(pay(sam, wallet(), 7)).id
    resolve_break(break_id=found["balance"].id, transfer_id=moved, reason="put right", by=fred, at=clock.now())
    assert check_balances(by=HOUSE, at=clock.now()).opened == 0
    assert "balance" not in {row.kind for row in list_open_breaks()}


def test_reserved_money_is_what_its_holds_add_up_to():
    sam = wallet(1000)
    place_hold(id=uuid7(), account_id=sam, amount=usd(100))

    assert check_balances(by=HOUSE, at=clock.now()).opened == 0


def test_the_database_keeps_differences_and_what_was_said(bank):
    told(("a", usd(33)))
    for statement in (
        "UPDATE recon_line SET amount_minor = 1", "DELETE FROM recon_statement", "DELETE FROM recon_break",
        "UPDATE recon_break SET difference_minor = 1", "DELETE FROM recon_checkpoint",
    ):  # fmt: skip
        with pytest.raises(Exception, match="permission denied"), transaction.atomic():
            rows(statement)
    with pytest.raises(IntegrityError), transaction.atomic():
        Break.objects.update(resolved_at=clock.now())


def test_the_daily_job_is_registered():
    assert jobs["ledger.reconcile"].every == timedelta(days=1)
    assert jobs["ledger.reconcile"].work(None)["balance_breaks"] == 0  # type: ignore[arg-type]


def test_another_currency_is_named_and_not_added_up(bank):
    posted = received(500, "w")

    told(("w", Money(500, "EUR")))

    (found,) = [row for row in list_open_breaks() if row.kind == "different"]
    assert (found.facts["differs"], found.expected, found.found) == (["currency"], None, Money(500, "EUR"))
    eur, fred = wallet(currency="EUR"), actor(staff("fred"))
    journal = uuid7()
    booked = Posting(uuid7(), world("EUR"), eur, Money(500, "EUR"), "mend", journal_id=journal)
    post(booked)
    with pytest.raises(DoesNotSettle), transaction.atomic():
        resolve_break(break_id=found.id, transfer_id=booked.id, reason="half", by=fred, at=clock.now())
    reverse(posted, id=uuid7(), journal_id=journal)
    resolve_break(break_id=found.id, transfer_id=booked.id, reason="it was euros", by=fred, at=clock.now())
    match_book(bank, by=HOUSE, at=clock.now())
    assert count_open_breaks() == 0
