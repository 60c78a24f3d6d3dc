"""Looking after payouts: found by any number, read from the wish to the books, stopped and let go by one click."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foundation import clock
from foundation.approvals.models import Approval
from foundation.audit.models import AuditRecord
from foundation.identity.models import Party
from foundation.money import Money
from foundation.reasons import Reason
from payouts.freezes.models import Freeze
from payouts.life.services import freeze_payout, release_due, run_payouts
from payouts.operations.lists import PayoutQuery, search_payouts
from processors.gateways.rails.types import RailOutcome, RailResult
from tests.cast import HOUSE, signed_in, staff
from tests.payouts.conftest import bank, desk, standing  # noqa: F401  rails inside the process
from tests.payouts.scene import ask, instruction_of, later, queue_of, queued, rich, seen

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("desk")]


def fred():
    """Finance, signed in now: sessions end while stories jump ahead."""
    return signed_in(Client(), staff("fred"))


def page(client, name, *args, **query):
    response = client.get(reverse(f"ops:{name}", args=args), query)
    assert response.status_code == 200, response.content[:500]
    return response


def text(response):
    return " ".join(response.content.decode().split())


def asked(client, name, *args):
    counts = []
    for _ in range(3):
        with CaptureQueriesContext(connection) as questions:
            page(client, name, *args)
        counts.append(len(questions))
    return min(counts)


def sent(minor=100_00):
    payout = queued(minor)
    run_payouts(by=HOUSE)
    return seen(payout)


def act(client, payout, name, **said):
    return client.post(reverse(f"ops:payout_{name}", args=[payout.pk]), said)


def test_the_list_is_narrowed_and_paged_without_more_questions(steady_copies):
    creator = rich(10_000_00)
    for _ in range(2):
        ask(creator, 100_00)
    few = asked(fred(), "payouts")
    for number in range(52):
        ask(creator, 20_00 + number)
    first = page(fred(), "payouts").context["table"]
    second = fred().get(reverse("ops:payouts") + first.next_url).context["table"]

    assert asked(fred(), "payouts") <= few
    assert [len(first.rows), len(second.rows)] == [50, 4]
    assert len(page(fred(), "payouts", state="PAID").context["table"].rows) == 0
    assert len(page(fred(), "payouts", rail="paxum", least="100").context["table"].rows) == 2
    assert len(page(fred(), "payouts", least="20", most="20.02").context["table"].rows) == 3
    assert len(page(fred(), "payouts", currency="EUR", least="20").context["table"].rows) == 0
    assert len(page(fred(), "payouts", creator=str(creator)).context["table"].rows) == 50
    assert "Write it in digits" in text(page(fred(), "payouts", least="many"))
    assert "No payout fits all of this" in text(page(fred(), "payouts", late="on"))


def test_what_has_not_left_a_day_after_its_hours_is_late():
    paid, payout = sent(), ask(rich())
    assert search_payouts(PayoutQuery(is_late=True)) == []

    later(hours=200 + 12 + 24 + 1)

    assert [line.id for line in search_payouts(PayoutQuery(is_late=True))] == [payout.pk]
    tiles = {tile.label: tile.value for tile in page(fred(), "payouts").context["tiles"]}
    assert (tiles["Late"], tiles["In escrow"]) == (1, 1)
    assert paid.state == "PAID"


def test_a_payout_is_found_by_every_number_it_carries():
    payout = sent()
    instruction = instruction_of(payout)
    ask(rich())
    name = page(fred(), "payout", payout.pk).context["line"].creator
    for words in (payout.pk, payout.creator_id, instruction.pk, instruction.reference, instruction.provider_ref, name):
        found = fred().get(reverse("ops:payouts"), {"q": f" {words} ", "state": "FROZEN"})
        assert (found.status_code, found.headers.get("Location")) == (302, reverse("ops:payout", args=[payout.pk])), (
            words
        )
    assert "No payout carries this" in text(page(fred(), "payouts", q="nothing"))


def test_one_payout_shows_everything_about_it_and_leads_to_the_books():
    payout = sent()
    shown = page(fred(), "payout", payout.pk)

    context = shown.context
    assert [tile.value for tile in context["tiles"]][:3] == [
        Money(100_00, "USD"), Money(1_00, "USD"), Money(99_00, "USD"),
    ]  # fmt: skip
    titles = [moment.title for moment in context["history"]]
    assert titles[0].startswith("The creator asked: 100.00 USD")
    assert "Payout: paid" in titles
    assert any(title.startswith("Paxum: arrived") for title in titles)
    kinds = {leg.kind: leg.amount.minor for leg in context["found"].legs}
    assert kinds == {
        "payout.requested": 100_00, "payout.sent": 99_00, "payout.fee": 1_00, "payout.paid": 99_00,
        "payout.rail_fee": 50,
    }  # fmt: skip
    assert reverse("ops:ledger_entry", args=[context["found"].legs[0].id]) in text(shown)
    assert [stage.state for stage in context["stages"]] == ["done"] * 5
    assert [action.label for action in context["actions"]] == ["It came back"]


def test_one_payout_asks_the_same_however_much_happened_to_it(desk):  # noqa: F811
    little, much = queue_of(2)
    desk.will(desk.pay)
    for hours in range(4):
        desk.will(RailOutcome(RailResult.NOT_SENT, code="busy"))
        run_payouts(by=HOUSE)
        later(hours=201 + hours)
    run_payouts(by=HOUSE)
    assert seen(much).instructions.count() == 5
    assert asked(fred(), "payout", much.pk) <= asked(fred(), "payout", little.pk)


def test_support_reads_and_does_nothing():
    payout, susi = ask(rich()), signed_in(Client(), staff("susi"))

    shown = page(susi, "payout", payout.pk)

    assert shown.context["actions"] == []
    assert reverse("ops:ledger") not in text(shown)
    assert act(susi, payout, "cancel", reason="no").status_code == 403
    assert susi.get(reverse("ops:payouts_export", args=["csv"])).status_code == 403
    assert signed_in(Client(), staff("anna")).get(reverse("ops:payouts")).status_code == 403


def test_a_large_one_leads_to_its_request_and_leaves_after_it_was_agreed():
    creator = rich(20_000_00)
    Party.objects.filter(pk=creator).update(kyc_state=Party.Check.PASSED)
    payout = ask(creator, 15_000_00)
    request = Approval.objects.get(pk=payout.asked_approval_id)

    shown = page(fred(), "payout", payout.pk)
    assert [line.id for line in search_payouts(PayoutQuery(needs_people=True))] == [payout.pk]
    decide = next(action for action in shown.context["actions"] if action.label == "Decide")
    assert decide.href == reverse("ops:approval", args=[request.pk])
    said = {"verdict": "approve", "reason": "seen", "seen_hash": request.change_hash}
    for name in ("fred", "petra"):
        assert signed_in(Client(), staff(name)).post(decide.href, said).status_code == 302
    assert seen(payout).approval_id == request.pk
    assert search_payouts(PayoutQuery(needs_people=True)) == []


def test_it_waits_longer_once_however_often_the_form_is_sent():
    payout = ask(rich())
    ends = payout.escrow.planned_release_at
    said = {"hours": 24, "code": "CHECK_IN_PROGRESS", "reason": "a name to look at", "seen_until": ends.isoformat()}

    assert act(fred(), payout, "extend", **said).status_code == 302
    again = act(fred(), payout, "extend", **said)

    assert again.status_code == 409
    assert "Meanwhile its date was changed" in text(again)
    assert (seen(payout).escrow.planned_release_at - ends).total_seconds() == 24 * 3600
    line = AuditRecord.objects.get(action="payout.extended")
    assert (line.reason, line.facts["code"]) == ("a name to look at", "CHECK_IN_PROGRESS")
    assert "a name to look at" in text(page(fred(), "payout", payout.pk))
    for mangled in ("2026-13-45T00:00:00+00:00", "", "x"):
        assert act(fred(), payout, "extend", **{**said, "seen_until": mangled}).status_code in (200, 409)


def test_it_is_frozen_with_a_reason_and_who_comes_too_late_reads_so():
    gone, payout = sent(), ask(rich())
    said = {"code": "CHECK_IN_PROGRESS", "action": "contact", "severity": "HIGH", "path": "MANUAL_REVIEW",
            "hours": 72, "reason": "the name is on a list"}  # fmt: skip

    assert act(fred(), payout, "freeze", **said).status_code == 302
    late = act(fred(), gone, "freeze", **said)

    assert seen(payout).state == "FROZEN"
    row = Freeze.objects.get(payout=payout)
    assert (row.rule, row.notes, row.path) == ("by hand", "the name is on a list", "MANUAL_REVIEW")
    assert (late.status_code, seen(gone).state) == (409, "PAID")
    assert "can no longer be stopped" in text(late)
    shown = page(fred(), "payout", payout.pk)
    assert shown.context["stages"][1].state == "stuck"
    assert "the name is on a list" in text(shown)
    assert "the name is on a list" not in text(page(signed_in(Client(), staff("susi")), "payout", payout.pk))


def test_it_is_given_up_with_a_reason():
    payout = ask(rich())
    assert act(fred(), payout, "cancel", reason="").status_code == 200
    assert act(fred(), payout, "cancel", reason="the creator wrote").status_code == 302
    assert (seen(payout).state, seen(payout).ended_reason) == ("CANCELLED", "the creator wrote")
    assert act(fred(), payout, "cancel", reason="again").status_code == 409


def test_a_frozen_one_is_not_given_up():
    payout = ask(rich())
    freeze_payout(payout_id=payout.pk, code=Reason.CHARGEBACK_SPIKE, by=HOUSE, at=clock.now())
    refused = act(fred(), payout, "cancel", reason="it is mine")
    assert (refused.status_code, seen(payout).state) == (409, "FROZEN")
    assert "Lift its freeze first" in text(refused)


def test_the_rail_is_asked_again(desk):  # noqa: F811
    payout = queued()
    desk.will(RailOutcome(RailResult.UNKNOWN))
    run_payouts(by=HOUSE)
    assert seen(payout).state == "UNKNOWN"
    desk.will(RailOutcome(RailResult.PAID, "T-1"))

    told = fred().post(reverse("ops:payout_ask", args=[payout.pk]), follow=True)

    assert seen(payout).state == "PAID"
    assert "Now we know: paid" in text(told)


def test_the_list_is_taken_away_as_a_file_and_that_is_recorded():
    payout = ask(rich())
    body = b"".join(fred().get(reverse("ops:payouts_export", args=["csv"]), {"rail": "paxum"}).streaming_content)
    head, line = body.decode().strip().splitlines()
    assert head.startswith("id,creator_id,creator,platforms,rail")
    assert str(payout.pk) in line
    assert ",100.00,1.00,USD," in line
    assert AuditRecord.objects.get(action="payouts.exported").facts["query"] == {"rail": "paxum"}
    assert release_due(by=HOUSE).released == 0
    assert clock.now() < payout.due_at
