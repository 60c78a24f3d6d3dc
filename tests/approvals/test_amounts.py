"""Large amounts take more people, or others: by dated bounds that two people agree to, kept by the database."""

import os
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from importlib import import_module

import psycopg
import pytest
from django.db import DatabaseError, transaction

from foundation import clock
from foundation.actors import system
from foundation.approvals import amounts
from foundation.approvals.models import AmountBound, Approval
from foundation.approvals.rules.amount_rules import (
    AmountRule,
    Demand,
    demanded,
    has_grown,
    in_force,
    needs_in_words,
    stricter,
)
from foundation.approvals.selectors import choose_several, count_waiting_for, get_approval, list_waiting, who_may_decide
from foundation.approvals.services import request_approval
from foundation.approvals.states import State
from foundation.audit.models import AuditRecord
from foundation.errors import Conflict, Forbidden, Invalid
from foundation.identity.models import Party
from foundation.identity.roles import Role
from foundation.money import Money
from tests.approvals.stories import agree, program, refuse
from tests.cast import actor, member, signed_in, staff, user_called

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def rule(version, above, people, roles=(), currency="USD", days=0):
    return AmountRule(
        version, "k", Money(above, currency), people, frozenset(roles), NOON + timedelta(days=days)
    )  # fmt: skip


def usd(minor):
    return Money(minor, "USD")


def asks(rules, amount, worth=lambda amount, currency: None, least=1):
    return demanded(in_force(rules, "k", NOON), amount, least=least, worth=worth)


def test_the_strictest_bound_an_amount_lies_above_says_what_it_takes():
    ladder = [rule(1, 1_000, 2), rule(2, 5_000, 1, ["executive"]), rule(3, 100, 5, days=1)]
    assert asks(ladder, None).people == 1
    assert asks(ladder, usd(1_000)) == Demand(1)
    assert asks(ladder, usd(1_001)) == Demand(2, frozenset(), 1, "above 10.00 USD")
    top = asks(ladder, usd(5_001))
    assert (top.people, top.roles, top.version) == (2, {"executive"}, 2)
    assert needs_in_words(top) == "2 people, executive because above 10.00 USD"
    assert asks(ladder, usd(1_001), least=3).people == 3
    assert asks([*ladder, rule(4, 1_000, 0)], usd(4_000)) == Demand(1), "a version for nobody lifts it"


def test_other_currencies_are_weighed_and_what_nobody_can_weigh_is_above_all():
    ladder = [rule(1, 1_000, 2), rule(2, 500_000, 3, ["executive"])]
    half = lambda amount, currency: Money(amount.minor // 2, currency)  # noqa: E731
    assert asks(ladder, Money(1_990, "EUR"), half) == Demand(1)
    assert asks(ladder, Money(2_100, "EUR"), half).why == "above 10.00 USD (worth 10.50 USD by our rates)"
    unknown = asks(ladder, Money(1, "EUR"))
    assert (unknown.people, unknown.roles) == (3, {"executive"})
    assert "nobody knows its worth in USD" in unknown.why
    assert asks([*ladder, rule(3, 9_000, 2, currency="EUR")], Money(1, "EUR")) == Demand(1), "its own bound decides"


def test_what_was_asked_never_takes_less():
    asked = Demand(2, frozenset({"executive"}), 1, "a")
    assert stricter(asked, Demand(1)) == asked
    assert stricter(asked, Demand(2, frozenset({"executive", "approver"}), 2, "b")) == asked
    assert stricter(asked, Demand(3, frozenset(), 2, "b")) == Demand(3, frozenset({"executive"}), 2, "b")
    assert stricter(Demand(2), Demand(1, frozenset({"executive"}), 3, "c")) == Demand(2, {"executive"}, 3, "c")
    others = frozenset({"approver"})
    assert stricter(asked, Demand(2, others, 2, "b", named_by=2)) == Demand(2, others, 2, "b"), (
        "a newer one names others"
    )
    assert stricter(asked, Demand(2, others, 2, "b", named_by=1)) == asked, "an older one that was left over does not"
    assert stricter(asked, Demand(2, others, 1, "b", named_by=1), grew=True) == Demand(2, others, 1, "b")
    newest = Demand(2, asked.roles, 7, "a")
    assert stricter(newest, Demand(3, others, 4, "b", named_by=4)) == Demand(3, asked.roles, 7, "b"), (
        "never an older one"
    )


def test_an_amount_has_grown_where_it_is_worth_more_or_nobody_knows():
    half = lambda amount, currency: Money(amount.minor // 2, currency)  # noqa: E731
    grown = [(usd(5), usd(6)), (None, usd(1)), (usd(5), Money(12, "EUR"))]
    assert [has_grown(asked, now, half) for asked, now in grown] == [True, True, True]
    same = [(usd(5), usd(5)), (usd(5), usd(4)), (usd(5), None), (usd(5), Money(10, "EUR"))]
    assert [has_grown(asked, now, half) for asked, now in same] == [False, False, False, False]
    assert has_grown(usd(5), Money(1, "EUR"), lambda amount, currency: None)


def test_rates_are_rounded_up_and_the_highest_source_counts(monkeypatch):
    third, half, none = (lambda *_: Fraction(1, 3)), (lambda *_: Fraction(1, 2)), (lambda *_: None)
    monkeypatch.setattr(amounts, "rates", {"a": third, "b": half, "c": none})
    worth = amounts.scale_at(NOON)
    assert worth(Money(1_001, "EUR"), "USD") == usd(501)
    assert worth(Money(10**8, "BTC"), "USD") == usd(50)


def bound(people=2, roles=(), above=4_000, currency="USD", kind="test.lift", by="fred", active_from="", ok="petra"):
    """Fred asks for a bound and Petra agrees."""
    payload = {
        "kind": kind, "currency": currency, "above_minor": above, "people": people, "roles": list(roles),
        "active_from": active_from,
    }  # fmt: skip
    asked = request_approval(
        kind="approval.amounts", payload=payload, reason="Too much for one", by=actor(staff(by)), at=clock.now()
    )
    return agree(asked, staff(ok)) if ok else asked


@pytest.fixture
def everybody(lift):
    for name in ("petra", "adam", "eva", "fred"):
        staff(name)
    return lift


def ask(lift, minor=5_000, name="c-1"):
    return lift.ask(member(name).party_id, to_minor=minor)


@pytest.mark.django_db
def test_two_people_decide_what_is_above_the_bound_and_not_one_person_twice(everybody):
    assert bound().state == State.APPLIED
    small, large = ask(everybody, 4_000, "c-2"), ask(everybody, 4_001)
    assert agree(small, staff("petra")).state == State.APPLIED
    assert (large.approvers_needed, large.amount_why) == (2, "above 40.00 USD")
    seen = get_approval(large.pk, actor(staff("petra")))
    assert seen.needs == seen.line.needs == "2 people because above 40.00 USD"

    assert agree(large, staff("petra")).state == State.PENDING
    with pytest.raises(Conflict):
        agree(large, staff("petra"))
    assert agree(large, staff("adam")).state == State.APPLIED


@pytest.mark.django_db
def test_somebody_beneath_the_bound_is_refused_and_sees_why_before(everybody, second_executive):
    bound(people=1, roles=[Role.EXECUTIVE])
    large, petra, eva = ask(everybody), staff("petra"), staff("eva")
    assert count_waiting_for(actor(petra)) == 0
    assert count_waiting_for(actor(eva)) == 1
    assert set(who_may_decide(large.pk)) == {eva.pk, second_executive.pk}
    assert "amounts as large" in get_approval(large.pk, actor(petra)).why_not_in_words
    assert "amounts as large" in choose_several([large.pk], actor(petra))[0].why_not_in_words
    for word in (agree, refuse):
        with pytest.raises(Forbidden, match="amounts as large"):
            word(large, petra)
    assert Approval.objects.get(pk=large.pk).state == State.PENDING
    assert agree(large, eva).state == State.APPLIED
    everybody.offer(clients=True)
    with pytest.raises(Forbidden, match="decided by people"):
        agree(ask(everybody, name="c-3"), program("approvals:decide", "approvals:read"))


@pytest.mark.django_db
def test_a_bound_lowered_while_a_request_waits_binds_it_and_one_raised_does_not(everybody, second_executive):
    large = ask(everybody)
    assert large.approvers_needed == 1
    bound(above=1_000)
    assert list_waiting(actor(staff("petra")))[0].needs == "2 people because above 10.00 USD"
    tightened = agree(large, staff("petra"))
    assert (tightened.state, tightened.approvers_needed) == (State.PENDING, 2)
    assert Approval.objects.get(pk=large.pk).amount_bound_id == AmountBound.objects.get().pk
    assert AuditRecord.objects.get(action="approval.tightened").subject_id == str(large.pk)
    bound(above=1_000, people=0)
    assert ask(everybody, name="c-2").approvers_needed == 1
    assert get_approval(large.pk, actor(staff("adam"))).needs == "2 people because above 10.00 USD"
    bound(above=2_000, people=1, roles=[Role.EXECUTIVE])
    assert agree(large, staff("eva")).state == State.PENDING, "the word of an approver no longer counts"
    assert agree(large, second_executive).state == State.APPLIED


@pytest.fixture
def amount_is_now(everybody, monkeypatch):
    """What the change of every request is about by now."""
    approvable, describe = amounts.approvable_for("test.lift"), everybody.describe

    def become(minor):
        now = lambda payload: describe({**payload, "to_minor": minor})  # noqa: E731
        changed = type(approvable)("test.lift", approvable.fields, now, approvable.recheck, approvable.apply)
        monkeypatch.setattr(amounts, "approvable_for", lambda kind: changed)

    return become


@pytest.fixture
def second_executive():
    return user_called("otto", Role.EXECUTIVE)


@pytest.mark.django_db
def test_an_amount_that_grew_since_counts_as_it_is(everybody, amount_is_now):
    bound()
    small = ask(everybody, 1_000)
    amount_is_now(9_000)
    assert agree(small, staff("petra")).state == State.PENDING


@pytest.mark.django_db
@pytest.mark.parametrize("order", [1, -1])
def test_an_amount_that_crosses_a_bound_takes_its_roles_whichever_bound_is_older(
    everybody, amount_is_now, second_executive, order
):
    for above, role in [(1_000, Role.APPROVER), (8_000, Role.EXECUTIVE)][::order]:
        user_called("paul", role)
        bound(above=above, people=1, roles=[role])
    grew, shrank = ask(everybody, 5_000), ask(everybody, 9_000, "c-2")
    bound(above=1_000, people=0)
    for large, minor in ((grew, 9_000), (shrank, 5_000)):
        amount_is_now(minor)
        with pytest.raises(Forbidden, match="amounts as large"):
            agree(large, staff("petra"))
        assert agree(large, staff("eva")).state == State.APPLIED


@pytest.mark.django_db
@pytest.mark.parametrize("order", [1, -1])
def test_what_waits_keeps_the_roles_of_a_bound_lifted_meanwhile(everybody, second_executive, order):
    user_called("paul", Role.APPROVER)
    for above, role in [(1_000, Role.APPROVER), (8_000, Role.EXECUTIVE)][::order]:
        bound(above=above, people=1, roles=[role])
    large = ask(everybody, 9_000)
    bound(above=8_000, people=0)
    with pytest.raises(Forbidden, match="amounts as large"):
        agree(large, staff("petra"))
    assert agree(large, staff("eva")).state == State.APPLIED


@pytest.mark.django_db
def test_bounds_change_by_agreement_alone(everybody, client):
    waiting = bound(ok="")
    with pytest.raises(Forbidden):
        agree(waiting, staff("fred"))
    assert not AmountBound.objects.exists()
    for wrong in (
        {"kind": "no.such"}, {"kind": "approval.amounts"}, {"people": 6}, {"people": -1}, {"above": -1},
        {"currency": "XXX"}, {"roles": [Role.SUPPORT]}, {"roles": ["approver", "approver"]}, {"roles": [["approver"]]},
        {"active_from": "soon"}, {"kind": "role.grant"},
        {"active_from": "2030-01-01T00:00:00"},
    ):  # fmt: skip
        with pytest.raises(Invalid):
            bound(**wrong)
    for late in ({"active_from": "2020-01-01T00:00:00Z"}, {"people": 5, "roles": [Role.EXECUTIVE]}):
        with pytest.raises(Conflict):
            bound(**late)
    later = (clock.now() + timedelta(days=1)).isoformat()
    assert bound(above=1, active_from=later).state == State.APPLIED
    assert ask(everybody).approvers_needed == 1
    attempts = (
        lambda: AmountBound.objects.create(
            policy_id="test.lift", currency="USD", above_minor=1, people=0, active_from=clock.now(), approval=waiting
        ),
        lambda: AmountBound.objects.update(people=0),
        lambda: Approval.objects.filter(pk=waiting.pk).update(approvers_needed=0),
        lambda: Approval.objects.filter(pk=waiting.pk).update(amount_minor=1),
    )
    for attempt in attempts:
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()

    signed_in(client, staff("fred"))
    shown = client.get("/ops/approvals/amounts/ask?kind=test.lift&currency=USD&above=0.01").content.decode()
    assert ('value="test.lift" selected' in shown, 'value="0.01"' in shown) == (True, True)
    for never_an_amount in ('value="role.grant"', 'value="audit.export"', 'value="WEI"', 'value="FZT"'):
        assert never_an_amount not in shown
    assert "2 people" in client.get("/ops/approvals/amounts").content.decode()
    form = {
        "kind": "test.lift",
        "currency": "USD",
        "above": "0.07",
        "people": 2,
        "roles": ["executive"],
        "reason": "x",
    }
    for wrong, said in {"1e9": "in digits", "0.001": "2 digits behind", "10,000": "without a comma"}.items():
        assert said in client.post("/ops/approvals/amounts/ask", form | {"above": wrong}).content.decode()
    assert "Fewer people" in client.post("/ops/approvals/amounts/ask", form).content.decode()
    user_called("otto", Role.EXECUTIVE)
    assert client.post("/ops/approvals/amounts/ask", form | {"people": 1}).status_code == 302
    page = client.get(f"/ops/approvals/{Approval.objects.pending().latest('requested_at').pk}").content.decode()
    assert "1 person, executive" in page
    assert "0.07 USD" in page


@pytest.mark.django_db
def test_the_database_refuses_the_vote_of_somebody_beneath_the_bound(everybody, second_executive):
    bound(people=1, roles=[Role.EXECUTIVE])
    large, petra = ask(everybody), staff("petra")
    with pytest.raises(DatabaseError, match="beyond what this decider decides"), transaction.atomic():
        large.decisions.create(
            change_hash=large.change_hash, decider=f"user:{petra.pk}", verdict="approve", reason="x", at=clock.now()
        )


@pytest.mark.django_db
def test_a_bound_that_what_the_system_asks_for_could_never_meet_is_refused(everybody):
    executive = {"people": 1, "roles": [Role.EXECUTIVE]}
    with pytest.raises(Conflict, match="Fewer people"):
        bound(**executive)
    assert bound(people=0, roles=[Role.EXECUTIVE]).state == State.APPLIED, "one that is lifted needs nobody"
    first, second = member("e-1").party, member("e-2").party
    for user, party in ((staff("eva"), first), (user_called("otto", Role.EXECUTIVE), second)):
        user.party = party
        user.save(update_fields=["party"])
    Party.objects.filter(pk=second.pk).update(alias_of=first)
    with pytest.raises(Conflict, match="Fewer people"):
        bound(**executive)
    Party.objects.filter(pk=second.pk).update(alias_of=None)
    bound(**executive)
    prepared = everybody.ask(member("c-1").party_id, system("payouts"))
    assert prepared.approvers_needed == 2
    assert agree(prepared, staff("eva")).state == State.PENDING
    assert agree(prepared, user_called("otto")).state == State.APPLIED


@pytest.mark.django_db
def test_votes_are_taken_when_the_bounds_are_rolled_back():
    back = import_module("foundation.approvals.migrations.0006_bounds_for_amounts").BACK
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner:
        owner.execute(back)
        owner.execute("ALTER TABLE approval DROP COLUMN deciding_roles")
        owner.execute(
            "INSERT INTO approval_decision (approval_id, change_hash, decider, verdict, reason, at) "
            "VALUES (gen_random_uuid(), repeat('0', 64), 'user:x', 'approve', 'x', now())"
        )
        owner.rollback()
