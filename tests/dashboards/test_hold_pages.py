"""The desk of what is stopped: seen by date with its money, decided with a reason, and by two when it is much."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from compliance.escalations.models import Escalation
from foundation import clock
from foundation.approvals.models import Approval
from foundation.approvals.services import approve, request_approval
from foundation.errors import Conflict
from foundation.ids import uuid7
from foundation.notifications.models import Notification
from ledger import chart
from ledger.services import open_account, post
from ledger.types import AccountKey, Posting
from payouts.freezes.models import Freeze, ReviewNote
from payouts.freezes.services import expire_freezes, place_freeze, release_freeze, releasing, sight_of
from payouts.freezes.services.amounts import held_by
from payouts.freezes.states import FreezeType, ReleasePath, Severity
from payouts.freezes.types import Scope
from tests.cast import HOUSE, actor, platform, signed_in, staff
from tests.ledger.books import usd
from tests.payouts.conftest import desk, standing  # noqa: F401  a rail inside the process
from tests.payouts.freezes.stories import frozen, frozen_account, frozen_part, maya, waiting, why
from tests.payouts.scene import ask, later, rich, seen

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("desk", "steady_copies")]


def page(name, where="holds", *args, **query):
    response = signed_in(Client(), staff(name)).get(reverse(f"ops:{where}", args=args), query)
    assert response.status_code == 200, response.content[:500]
    return response


def text(response):
    return " ".join(response.content.decode().split())


def act(name, row, form, **said):
    if form == "release":
        said = {"seen": sight_of(Freeze.objects.get(pk=row.pk).measures), **said}
    return signed_in(Client(), staff(name)).post(reverse("ops:hold", args=[row.pk]), {"form": form, **said})


def source_frozen(creator, minor):
    """Earnings of one product that have not settled, kept pending by a freeze."""
    world = open_account(AccountKey("story", "world", "USD"))
    pending = open_account(chart.earning_line("pending", creator, platform().pk, "ppv", "USD"))
    post(Posting(uuid7(), world, pending, usd(minor), "story"))
    scope = Scope(FreezeType.REVENUE_SOURCE, creator, platform_id=platform().pk, product="ppv")
    return place_freeze(scope=scope, why=why(), by=HOUSE, at=clock.now())


def test_every_scope_stands_with_the_money_it_stops_and_asks_no_more_for_more():
    creator = maya(5_000_00)
    first = frozen(waiting(100_00, creator), review_by=clock.now() + timedelta(days=1))
    frozen_part(creator, 70_00)
    source_frozen(creator, 42_00)

    with CaptureQueriesContext(connection) as few:
        rows = page("fred").context["table"].rows
    for _ in range(4):
        frozen(ask(rich(), 20_00))
        source_frozen(rich(), 1_00)
    with CaptureQueriesContext(connection) as many:
        more = page("fred").context["table"].rows

    assert [row.cells[2] for row in rows] == [usd(100_00), usd(70_00), usd(42_00)]
    assert rows[0].cells[0].href == reverse("ops:hold", args=[first.pk])
    assert len(more) == 11
    assert len(many) <= len(few)
    assert [row.cells[2] for row in page("fred", scope="WALLET_SEGMENT").context["table"].rows] == [usd(70_00)]


def test_it_is_let_go_with_a_reason_once():
    row = frozen(waiting())
    said = {"reason": "The disputes were answered.", "was_wrong": "yes"}
    assert act("fred", row, "release", reason="").status_code == 200
    assert act("fred", row, "release", **said).status_code == 302

    again = act("carl", row, "release", **said)

    row.refresh_from_db()
    assert (row.state, row.was_wrong, row.release_reason) == ("RELEASED", True, "The disputes were answered.")
    assert seen(row.payout).state == "IN_ESCROW"
    assert again.status_code == 409
    assert "This freeze was lifted already" in text(again)
    assert "should not have been" in text(page("udo", "hold", row.pk))


def test_nobody_lets_go_for_figures_they_did_not_see():
    row = frozen(waiting())
    said = {"reason": "The disputes were answered.", "was_wrong": "no", "seen": sight_of(row.measures)}
    Freeze.objects.filter(pk=row.pk).update(measures={"dispute_ratio": "0.09"})

    refused = act("carl", row, "release", **said)
    assert refused.status_code == 409
    assert "its figures changed" in text(refused)
    assert Freeze.objects.get(pk=row.pk).state == "ACTIVE"


def test_a_second_person_agrees_to_the_figures_that_were_asked_about():
    row = source_frozen(rich(), 12_000_00)
    Freeze.objects.filter(pk=row.pk).update(measures={"dispute_ratio": "0.02"})
    act("fred", row, "release", reason="The seller proved it.", was_wrong="no")
    Freeze.objects.filter(pk=row.pk).update(measures={"dispute_ratio": "0.09"})
    request = Approval.objects.get(policy="freeze.release")
    assert ["Lets go for dispute ratio", "", "0.02"] in [list(effect) for effect in request.effects]
    approve(
        approval_id=request.pk, seen_hash=request.change_hash, reason="Seen.", by=actor(staff("petra")), at=clock.now()
    )  # fmt: skip
    row.refresh_from_db()
    assert (row.state, row.measures) == ("RELEASED", {"dispute_ratio": "0.02"})


@pytest.mark.parametrize("figures", ['{"dispute_ratio": "99"}', "[1]", "x", "{}"])
def test_nobody_writes_the_figures_themselves(figures):
    row = source_frozen(rich(), 12_000_00)
    Freeze.objects.filter(pk=row.pk).update(measures={"dispute_ratio": "0.02"})
    payload = {"freeze_id": str(row.pk), "was_wrong": False, "figures": figures}
    with pytest.raises(Conflict):
        request_approval(
            kind="freeze.release", payload=payload, reason="Mine.", by=actor(staff("fred")), at=clock.now()
        )  # fmt: skip


def test_much_money_of_a_source_is_let_go_by_two():
    row = source_frozen(rich(), 12_000_00)
    small = source_frozen(rich(), 100_00)
    said = {"reason": "The seller proved it.", "was_wrong": "no"}

    assert held_by(row) == [usd(12_000_00)]
    with pytest.raises(Conflict) as refused:
        release_freeze(freeze_id=row.pk, reason="alone", by=actor(staff("carl")), at=clock.now())
    assert act("fred", row, "release", **said).status_code == 302
    assert act("fred", small, "release", **said).status_code == 302

    assert refused.value.code == "freezes.second_person"
    request = Approval.objects.get(policy="freeze.release")
    assert (Freeze.objects.get(pk=row.pk).state, Freeze.objects.get(pk=small.pk).state) == ("ACTIVE", "RELEASED")
    assert request.amount == usd(12_000_00)
    assert "one has asked" in text(page("carl", "hold", row.pk))
    approve(
        approval_id=request.pk, seen_hash=request.change_hash, reason="seen", by=actor(staff("petra")), at=clock.now()
    )
    assert Freeze.objects.get(pk=row.pk).state == "RELEASED"


def test_it_is_kept_made_longer_and_handed_on():
    row = frozen(waiting(), review_by=clock.now() + timedelta(days=1))

    assert act("fred", row, "keep", notes="Two buyers look alike.", hours="168").status_code == 302
    row.refresh_from_db()
    kept = row.review_by
    assert kept - clock.now() > timedelta(days=6)
    later_by_a_day = {"reason": "The bank has not answered.", "hours": "24", "seen_until": kept.isoformat()}
    assert act("fred", row, "extend", **later_by_a_day).status_code == 302
    assert act("fred", row, "escalate", reason="Is this the same person?", department="LEGAL").status_code == 302
    again = act("fred", row, "escalate", reason="Is this the same person?", department="")

    row.refresh_from_db()
    assert (row.review_by - kept, row.state) == (timedelta(days=1), "ESCALATED")
    assert Escalation.objects.get(pk=row.escalation_id).department == "LEGAL"
    assert row.notes.split("\n")[-3:] == [
        "Two buyers look alike.", "The bank has not answered.", "Is this the same person?",
    ]  # fmt: skip
    assert (again.status_code, "A department has it already" in text(again)) == (409, True)
    assert Notification.objects.filter(notice="freeze.longer").count() == 1
    titles = [moment.title for moment in page("fred", "hold", row.pk).context["history"]]
    assert titles == ["Stopped", "Looked at and kept", "Made to last longer", "With a department"]


@pytest.mark.parametrize("is_timed", [False, True])
def test_made_longer_twice_from_one_form_it_lasts_longer_once(is_timed):
    timed = {"path": ReleasePath.TIME_BASED, "review_by": None, "release_at": clock.now() + timedelta(days=2)}
    row = frozen(waiting(), **timed if is_timed else {})
    shown = page("fred", "hold", row.pk).context["extend"]["seen_until"].value()
    said = {"hours": "24", "reason": "The bank has not answered.", "seen_until": shown}

    assert act("fred", row, "extend", **said).status_code == 302
    longer = Freeze.objects.get(pk=row.pk)
    for name in ("fred", "carl"):
        again = act(name, row, "extend", **said)
        assert (again.status_code, "Meanwhile its date or its figures changed" in text(again)) == (409, True)
    assert act("fred", row, "extend", **{**said, "seen_until": "2026-99-99T00:00"}).status_code == 200

    after = Freeze.objects.get(pk=row.pk)
    assert (after.notes, after.release_at, after.review_by) == (longer.notes, longer.release_at, longer.review_by)
    before, until = (one.release_at or one.review_by for one in (row, after))
    assert until - before == timedelta(days=1)


def test_support_and_executives_read_and_decide_nothing():
    row = frozen(waiting(), notes="The name is on a list.")
    for name in ("susi", "eva"):
        shown = page(name, "hold", row.pk)
        assert not shown.context["may_work"]
        assert "The name is on a list." not in text(shown)
        assert act(name, row, "release", reason="x", was_wrong="no").status_code == 403
    assert "The name is on a list." in text(page("udo", "hold", row.pk))


def test_what_staff_wrote_when_they_decided_is_for_those_whose_work_it_is():
    row = frozen(waiting())
    assert act("fred", row, "keep", notes="Two buyers look alike.", hours="24").status_code == 302
    assert act("fred", row, "release", reason="The seller called.", was_wrong="no").status_code == 302
    for where, number in (("hold", row.pk), ("payout", row.payout_id)):
        for name in ("susi", "eva"):
            shown = text(page(name, where, number))
            assert "Two buyers" not in shown
            assert "The seller called" not in shown
        assert "The seller called" in text(page("udo", where, number))
    for name, found in (("susi", ""), ("udo", "nothing found")):
        history = page(name, "payout", row.payout_id).context["history"]
        assert {one.detail for one in history if one.title.startswith("Looked")} == {found}


def test_notes_are_ticked_off_by_who_was_first():
    note = ReviewNote.objects.create(
        creator_id=rich(), rule="young 1", severity=Severity.LOW, code="CHECK_IN_PROGRESS", source="x",
        measures={"age_days": "12"}, noted_at=clock.now(),
    )  # fmt: skip
    shown = page("rolf", view="notes")
    assert "age days 12" in text(shown)
    url = shown.context["table"].rows[0].actions[0].post
    for name in ("rolf", "fred"):
        assert signed_in(Client(), staff(name)).post(url).status_code == 302
    note.refresh_from_db()
    assert note.seen_by == actor(staff("rolf")).reference
    assert len(page("rolf", view="notes").context["table"].rows) == 0


def test_one_bad_row_does_not_keep_the_others_stopped(monkeypatch):
    ends = {"path": ReleasePath.TIME_BASED, "review_by": None, "release_at": clock.now() + timedelta(hours=1)}
    bad, good = frozen_account(rich(), **ends), frozen(waiting(), **ends)
    Freeze.objects.filter(pk=bad.pk).update(release_at=ends["release_at"] - timedelta(minutes=1))
    later(hours=2)
    let_go = releasing.let_go

    def breaks(row, **more):
        if row.pk == bad.pk:
            raise RuntimeError("cannot be let go")
        return let_go(row, **more)

    monkeypatch.setattr(releasing, "let_go", breaks)

    with pytest.raises(RuntimeError, match="cannot be let go"):
        expire_freezes(at=clock.now())

    assert (Freeze.objects.get(pk=good.pk).state, Freeze.objects.get(pk=bad.pk).state) == ("RELEASED", "ACTIVE")
