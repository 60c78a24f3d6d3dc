"""Several requests decided with one word: each by itself, and what one is refused leaves the others decided."""

import pytest

from foundation import clock
from foundation.approvals.models import Approval, ApprovalDecision
from foundation.approvals.selectors import choose_several, list_waiting
from foundation.approvals.several import MOST_AT_ONCE, decide_several
from foundation.approvals.states import State, Verdict
from foundation.audit.models import AuditRecord
from foundation.errors import Invalid
from foundation.ids import uuid7
from tests.approvals.stories import agree, ask_for_role
from tests.cast import HOUSE, actor, bearer, member, signed_in, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def five(lift):
    """Fred asks for five things, each about another creator."""
    return [lift.ask(member(f"c-{n}").party_id, to_minor=1_000 * n) for n in range(1, 6)]


def decide(asked, by, verdict=Verdict.APPROVE, **seen):
    hashes = {one.pk: seen.get("hash", one.change_hash) for one in asked}
    return decide_several(verdict=verdict, seen=hashes, reason="All seen", by=actor(by), at=clock.now())


def test_each_is_decided_by_itself_and_those_that_changed_meanwhile_are_named(five, lift, client):
    petra, adam = staff("petra"), staff("adam")
    agree(five[1], adam)
    with_others = choose_several([one.pk for one in five], actor(petra))
    assert [bool(one.why_not_in_words) for one in with_others] == [False, True, False, False, False]
    assert with_others[0].line.affected_name == "c-1 (BoyFanz)"

    signed_in(client, petra)
    query = "&".join(f"id={one.pk}" for one in five)
    page = client.get(f"/ops/approvals/several?{query}").content.decode()
    assert "Decide 4 requests" in page
    assert "130.00" in page
    assert "settled already" in page
    sent = {"id": [str(one.pk) for one in five], "reason": "All seen", "verdict": "approve"}
    sent |= {f"seen-{one.pk}": one.change_hash for one in five}
    sent[f"seen-{five[4].pk}"] = "0" * 64
    page = client.post(f"/ops/approvals/several?{query}", sent).content.decode()

    assert "3 of 5 decided" in page
    assert "settled already" in page
    assert "another version" in page
    states = dict(Approval.objects.values_list("pk", "state"))
    assert [states[one.pk] for one in five] == ["APPLIED"] * 4 + ["PENDING"]
    votes = ApprovalDecision.objects.filter(decider=actor(petra).reference)
    assert {vote.approval_id: vote.change_hash for vote in votes} == {
        five[n].pk: five[n].change_hash for n in (0, 2, 3)
    }
    moved = AuditRecord.objects.filter(action="approval.moved", actor=actor(petra).reference)
    assert set(moved.values_list("subject_id", flat=True)) == {str(five[n].pk) for n in (0, 2, 3)}


def test_whoever_asked_and_whoever_may_not_decide_nothing(five, lift, client):
    for name in ("fred", "udo"):
        outcomes = decide(five, staff(name))
        assert {one.state for one in outcomes} == {None}
    again = decide([five[0], five[0]], staff("petra"), Verdict.REJECT)
    assert [one.state for one in again] == [State.REJECTED]
    lift.broken = "bug"
    broken = decide(five[1:2], staff("petra"))
    assert "fault of ours" in broken[0].why_not
    lift.broken = "busy"
    assert decide(five[1:2], staff("petra"))[0].why_not == "Try again."
    assert Approval.objects.pending().count() == 4
    assert client.get("/ops/approvals/several").status_code == 302
    assert client.post("/ops/approvals/several", headers=bearer()).status_code in (302, 403)


def test_one_kind_at_once_and_not_too_many(five, lift, client):
    role = ask_for_role()
    with pytest.raises(Invalid, match="one kind"):
        decide([*five, role], staff("petra"))
    hashes = {uuid7(): "0" * 64 for _ in range(MOST_AT_ONCE + 1)}
    with pytest.raises(Invalid, match="At most"):
        decide_several(verdict=Verdict.APPROVE, seen=hashes, reason="x", by=actor(staff("petra")), at=clock.now())
    assert not ApprovalDecision.objects.exists()
    signed_in(client, staff("petra"))
    page = client.get(f"/ops/approvals/several?id={five[0].pk}&id={five[1].pk}&id={role.pk}").content.decode()
    assert "several kinds" in page
    assert "Test lift: 2" in page
    assert client.get("/ops/approvals/several").status_code == 200
    assert client.get("/ops/approvals/several?id=7").status_code == 400
    answer = client.post(
        f"/ops/approvals/several?id={role.pk}", {"id": str(role.pk), "reason": "x", "verdict": "may be"}
    )
    assert answer.status_code == 400


def test_the_list_and_the_choice_cost_the_same_however_many(five, lift, django_assert_max_num_queries):
    petra = actor(staff("petra"))
    with django_assert_max_num_queries(4):
        assert len(list_waiting(petra)) == 5
    with django_assert_max_num_queries(9):
        assert len(choose_several([one.pk for one in five], petra)) == 5


def test_a_creator_is_named_to_staff_alone(lift):
    asked = lift.ask(member("c-1").party_id)
    assert list_waiting(actor(staff("petra")))[0].affected_name == "c-1 (BoyFanz)"
    assert list_waiting(HOUSE)[0].affected_name == f"Party …{str(asked.affected_principal)[-8:]}"
