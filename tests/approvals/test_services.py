from datetime import timedelta

import pytest

from foundation import clock
from foundation.actors import ANONYMOUS, Actor, ActorKind, system
from foundation.approvals.models import Approval, ApprovalDecision
from foundation.approvals.selectors import get_approval
from foundation.approvals.services import (
    expire_run_out,
    reject,
    request_approval,
    tell_late,
    withdraw_approval,
)
from foundation.approvals.states import State
from foundation.audit.models import AuditRecord
from foundation.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from foundation.events.models import Outbox
from foundation.identity.models import Party, RoleGrant
from foundation.identity.roles import Role
from tests.approvals.stories import agree, ask_for_role, program, refuse, roles_of
from tests.cast import actor, member, missing_id, portal_user, staff, user_called

pytestmark = pytest.mark.django_db


def news():
    return list(Outbox.objects.filter(type__startswith="approval.").values_list("type", flat=True))


def applied_to(party):
    return Party.objects.get(pk=party.pk).version - 1


@pytest.fixture
def party():
    return Party.objects.create()


def test_a_role_is_given_when_a_second_person_agrees():
    nora = user_called("nora")
    asked = ask_for_role(nora)
    assert roles_of(nora) == []

    settled = agree(asked, staff("petra"))

    assert settled.state == State.APPLIED
    assert settled.settled_at is not None
    assert roles_of(nora) == [Role.FINANCE]
    assert RoleGrant.objects.get(user=nora).approval_id == asked.pk
    assert news() == ["approval.requested", "approval.decided"]
    moves = AuditRecord.objects.filter(action="approval.moved", subject_id=str(asked.pk)).order_by("id")
    assert [(row.facts["before"], row.facts["after"]) for row in moves] == [
        ("PENDING", "APPROVED"), ("APPROVED", "APPLIED"),
    ]  # fmt: skip
    assert {row.actor for row in moves} == {actor(staff("petra")).reference}
    assert {row.reason for row in moves} == {"Seen and right"}


def test_a_request_says_who_asked_until_when_and_binds_the_exact_change():
    asked = ask_for_role()

    assert asked.state == State.PENDING
    assert asked.requester == actor(staff("adam")).reference
    assert asked.affected == f"user:{user_called('nora').pk}"
    assert asked.due_at - asked.requested_at == timedelta(hours=4)
    assert asked.expires_at - asked.requested_at == timedelta(hours=72)
    assert len(asked.change_hash) == 64
    assert asked.effects == [["Roles", "", "Finance"]]


def test_a_new_role_never_looks_as_if_it_took_an_old_one():
    seen = get_approval(ask_for_role(staff("susi")).pk, actor(staff("petra")))

    assert [(effect.before, effect.after) for effect in seen.effects] == [("", "Finance")]
    assert ("Roles held, and kept", "Support") in [(fact.name, fact.value) for fact in seen.evidence]


def test_one_no_is_enough_and_changes_nothing():
    nora = user_called("nora")
    asked = ask_for_role(nora)

    assert refuse(asked, staff("carl")).state == State.REJECTED
    assert roles_of(nora) == []
    with pytest.raises(Conflict) as late:
        agree(asked, staff("petra"))
    assert late.value.code == "approvals.not_pending"
    assert roles_of(nora) == []


def test_whoever_asked_does_not_decide():
    asked = ask_for_role()

    for decide in (agree, refuse):
        with pytest.raises(Forbidden) as refusal:
            decide(asked, staff("adam"))
        assert refusal.value.code == "approvals.own_request"
    assert not ApprovalDecision.objects.exists()


def test_whoever_is_touched_does_not_decide_and_does_not_ask():
    ada = user_called("ada", Role.ADMIN)
    asked = ask_for_role(ada)

    with pytest.raises(Forbidden) as refusal:
        agree(asked, ada)
    assert refusal.value.code == "approvals.affects_you"
    with pytest.raises(Forbidden) as refusal:
        ask_for_role(ada, Role.LEGAL, by=ada)
    assert refusal.value.code == "approvals.asks_for_self"
    assert roles_of(ada) == [Role.ADMIN]


def test_a_second_account_of_the_same_party_is_the_same_person(lift, party):
    """The requester's party became an alias of the decider's: two accounts, one person."""
    fred, petra = staff("fred"), staff("petra")
    fred.party, petra.party = Party.objects.create(), Party.objects.create()
    fred.save(update_fields=["party"])
    petra.save(update_fields=["party"])
    asked = lift.ask(party.pk, fred)
    Party.objects.filter(pk=fred.party_id).update(alias_of=petra.party)

    with pytest.raises(Forbidden) as refusal:
        agree(asked, petra)
    assert refusal.value.code == "approvals.own_request"

    Party.objects.filter(pk=fred.party_id).update(alias_of=None)
    Party.objects.filter(pk=party.pk).update(alias_of=petra.party)
    with pytest.raises(Forbidden) as refusal:
        agree(asked, petra)
    assert refusal.value.code == "approvals.affects_you"
    assert applied_to(party) == 0


def test_only_the_roles_of_the_policy_ask_and_decide():
    with pytest.raises(Forbidden) as refusal:
        ask_for_role(by=staff("susi"))
    assert refusal.value.code == "approvals.may_not_ask"

    asked = ask_for_role()
    with pytest.raises(Forbidden) as refusal:
        agree(asked, staff("eva"))
    assert refusal.value.code == "approvals.role_missing"
    for stranger in (actor(portal_user(member("c-9"))), actor(staff("susi")), ANONYMOUS):
        with pytest.raises(NotFound) as hidden:
            agree(asked, stranger)
        assert hidden.value.code == "approvals.not_found"
    with pytest.raises(NotFound):
        reject(approval_id=missing_id(), seen_hash="", reason="-", by=actor(staff("petra")), at=clock.now())


def test_parts_of_the_system_and_the_machines_operator_never_decide():
    asked = ask_for_role()

    with pytest.raises(Forbidden) as refusal:
        agree(asked, system("sweeper"))
    assert refusal.value.code == "approvals.people_only"
    with pytest.raises(NotFound):
        agree(asked, Actor(ActorKind.OPERATOR, "root"))


def test_a_program_decides_only_where_the_policy_and_its_scope_say_so(lift, party):
    deciding, reading = program("approvals:read", "approvals:decide"), program("approvals:read")
    with pytest.raises(NotFound):
        agree(ask_for_role(), deciding)

    lift.withdraw()
    lift.offer(clients=True)
    asked = lift.ask(party.pk)
    with pytest.raises(Forbidden) as refusal:
        agree(asked, reading)
    assert refusal.value.code == "approvals.people_only"
    with pytest.raises(NotFound):
        agree(asked, program("approvals:read", "approvals:decide", slug="girlfanz"))
    assert agree(asked, deciding).state == State.APPLIED
    assert applied_to(party) == 1


def test_a_program_does_not_decide_what_its_own_platform_asked(lift, party):
    lift.withdraw()
    lift.offer(clients=True)
    asked = lift.ask(party.pk, program("approvals:ask", "approvals:read"))

    with pytest.raises(Forbidden) as refusal:
        agree(asked, program("approvals:read", "approvals:decide"))
    assert refusal.value.code == "approvals.own_request"


def test_where_two_are_needed_the_first_yes_changes_nothing_and_counts_once(lift, party):
    lift.withdraw()
    lift.offer(approvers=2)
    asked = lift.ask(party.pk)

    assert agree(asked, staff("petra")).state == State.PENDING
    assert applied_to(party) == 0
    with pytest.raises(Conflict) as refusal:
        agree(asked, staff("petra"))
    assert refusal.value.code == "approvals.already_voted"
    assert agree(asked, staff("adam")).state == State.APPLIED
    assert applied_to(party) == 1
    assert news() == ["approval.requested", "approval.endorsed", "approval.decided"]


def test_what_the_system_prepared_needs_two_people(lift, party):
    asked = lift.ask(party.pk, system("switches"))

    assert asked.approvers_needed == 2
    assert agree(asked, staff("petra")).state == State.PENDING
    assert agree(asked, staff("adam")).state == State.APPLIED


def test_a_decision_is_bound_to_what_was_seen(lift, party):
    one, other = lift.ask(party.pk, to_minor=5_000), lift.ask(party.pk, to_minor=9_000)
    assert one.change_hash != other.change_hash

    with pytest.raises(Conflict) as refusal:
        agree(one, staff("petra"), seen_hash=other.change_hash)
    assert refusal.value.code == "approvals.other_change"
    assert refusal.value.facts["change_hash"] == one.change_hash
    assert applied_to(party) == 0


def test_asking_again_for_the_same_returns_the_request_that_waits(lift, party):
    first = lift.ask(party.pk)

    assert lift.ask(party.pk).pk == first.pk
    with pytest.raises(Conflict) as refusal:
        lift.ask(party.pk, system("switches"))
    assert refusal.value.code == "approvals.already_asked"
    assert refusal.value.facts["approval_id"] == first.pk
    assert news() == ["approval.requested"]
    agree(first, staff("petra"))
    assert lift.ask(party.pk).pk != first.pk


def test_when_the_world_moved_on_the_request_fails_and_keeps_the_votes(lift, party):
    asked = lift.ask(party.pk)
    lift.broken = "moved on"

    settled = agree(asked, staff("petra"))

    assert (settled.state, settled.failure_code) == (State.FAILED, "test.moved_on")
    assert settled.decisions.count() == 1
    assert applied_to(party) == 0
    assert Outbox.objects.filter(type="approval.decided").get().payload["failure_code"] == "test.moved_on"


def test_a_change_refused_halfway_leaves_nothing_of_itself(lift, party):
    asked = lift.ask(party.pk)
    lift.broken = "late"

    assert agree(asked, staff("petra")).failure_code == "test.too_late"
    assert applied_to(party) == 0


@pytest.mark.parametrize(("trouble", "raised"), [("busy", Unavailable), ("bug", ZeroDivisionError)])
def test_trouble_that_passes_leaves_the_request_open(lift, party, trouble, raised):
    asked = lift.ask(party.pk)
    lift.broken = trouble
    with pytest.raises(raised):
        agree(asked, staff("petra"))
    assert Approval.objects.get(pk=asked.pk).state == State.PENDING
    assert not ApprovalDecision.objects.exists()

    lift.broken = ""
    assert agree(asked, staff("petra")).state == State.APPLIED
    assert applied_to(party) == 1


def test_a_role_that_was_given_meanwhile_is_not_given_twice():
    nora = user_called("nora")
    asked = ask_for_role(nora)
    user_called("nora", Role.FINANCE)

    assert agree(asked, staff("petra")).failure_code == "identity.role_held"
    assert roles_of(nora) == [Role.FINANCE]


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"role": "finance"}, "approvals.bad_payload"),
        ({"role": "finance", "user_id": "x"}, "approvals.bad_payload"),
        ({"role": "finance", "user_id": 7}, "approvals.bad_payload"),
        ({"role": "finance", "user_id": str(missing_id())}, "approvals.no_such_user"),
        ({"role": "finance", "user_id": str(missing_id()), "also": "admin"}, "approvals.bad_payload"),
        ({"role": "god", "user_id": str(missing_id())}, "approvals.no_staff_role"),
        ({"role": "creator", "user_id": str(missing_id())}, "approvals.no_staff_role"),
    ],
)
def test_a_change_that_is_not_exact_is_not_asked(payload, code):
    with pytest.raises(Invalid) as refusal:
        request_approval(kind="role.grant", payload=payload, reason="-", by=actor(staff("adam")), at=clock.now())
    assert refusal.value.code == code
    assert not Approval.objects.exists()


def test_a_creator_or_a_closed_account_is_not_made_staff():
    maya = portal_user(member("c-1"))
    with pytest.raises(Conflict) as refusal:
        ask_for_role(maya)
    assert refusal.value.code == "identity.staff_apart"
    nora = user_called("nora")
    nora.is_active = False
    nora.save(update_fields=["is_active"])
    with pytest.raises(Conflict) as refusal:
        ask_for_role(nora)
    assert refusal.value.code == "approvals.user_inactive"


def test_every_word_needs_a_reason():
    asked = ask_for_role()
    for reason in ("", "  ", "a\x00b"):
        with pytest.raises(Invalid):
            reject(
                approval_id=asked.pk, seen_hash=asked.change_hash, reason=reason, by=actor(staff("petra")),
                at=clock.now(),
            )  # fmt: skip
    assert Approval.objects.get(pk=asked.pk).state == State.PENDING


def test_whoever_asked_may_take_it_back_and_nobody_else():
    asked = ask_for_role()
    with pytest.raises(Forbidden) as refusal:
        withdraw_approval(approval_id=asked.pk, reason="-", by=actor(staff("petra")), at=clock.now())
    assert refusal.value.code == "approvals.not_yours"

    gone = withdraw_approval(approval_id=asked.pk, reason="Not needed", by=actor(staff("adam")), at=clock.now())

    assert gone.state == State.WITHDRAWN
    with pytest.raises(Conflict):
        agree(asked, staff("petra"))


def test_what_nobody_decides_is_told_late_once_and_then_closed():
    asked = ask_for_role()
    assert tell_late(at=clock.now()) == expire_run_out(at=clock.now()) == 0

    clock.move_clock(ahead=timedelta(hours=5))
    assert (tell_late(at=clock.now()), tell_late(at=clock.now())) == (1, 0)
    assert Approval.objects.get(pk=asked.pk).state == State.PENDING

    clock.move_clock(ahead=timedelta(hours=73))
    with pytest.raises(Conflict) as refusal:
        agree(asked, staff("petra"))
    assert refusal.value.code == "approvals.expired"
    assert (expire_run_out(at=clock.now()), expire_run_out(at=clock.now())) == (1, 0)
    assert Approval.objects.get(pk=asked.pk).state == State.EXPIRED
    assert news() == ["approval.requested", "approval.overdue", "approval.expired"]
