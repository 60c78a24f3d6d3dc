"""Large amounts take more people, or others: by dated bounds that two people agree to, kept by the database."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from django.db import DatabaseError, transaction

from foundation import clock
from foundation.approvals import amounts
from foundation.approvals.models import AmountBound, Approval
from foundation.approvals.rules.amount_rules import AmountRule, Demand, demanded, in_force, needs_in_words, stricter
from foundation.approvals.selectors import choose_several, count_waiting_for, get_approval, list_waiting, who_may_decide
from foundation.approvals.services import request_approval
from foundation.approvals.states import State
from foundation.audit.models import AuditRecord
from foundation.errors import Conflict, Forbidden, Invalid
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
def test_somebody_beneath_the_bound_is_refused_and_sees_why_before(everybody):
    bound(people=1, roles=[Role.EXECUTIVE])
    large, petra, eva = ask(everybody), staff("petra"), staff("eva")
    assert count_waiting_for(actor(petra)) == 0
    assert count_waiting_for(actor(eva)) == 1
    assert who_may_decide(large.pk) == [eva.pk]
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
def test_a_bound_lowered_while_a_request_waits_binds_it_and_one_raised_does_not(everybody):
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
    assert agree(large, user_called("otto", Role.EXECUTIVE)).state == State.APPLIED


@pytest.mark.django_db
def test_an_amount_that_grew_since_counts_as_it_is(everybody, monkeypatch):
    bound()
    small = ask(everybody, 1_000)
    describe = everybody.describe
    grown = {**small.payload, "to_minor": 9_000}
    approvable = amounts.approvable_for("test.lift")
    monkeypatch.setattr(amounts, "approvable_for", lambda kind: type(approvable)(
        kind, approvable.fields, lambda payload: describe(grown), approvable.recheck, approvable.apply
    ))  # fmt: skip
    assert agree(small, staff("petra")).state == State.PENDING


@pytest.mark.django_db
def test_bounds_change_by_agreement_alone(everybody, client):
    waiting = bound(ok="")
    with pytest.raises(Forbidden):
        agree(waiting, staff("fred"))
    assert not AmountBound.objects.exists()
    for wrong in (
        {"kind": "no.such"}, {"kind": "approval.amounts"}, {"people": 6}, {"people": -1}, {"above": -1},
        {"currency": "XXX"}, {"roles": [Role.SUPPORT]}, {"roles": ["approver", "approver"]}, {"roles": [["approver"]]},
        {"active_from": "soon"},
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
    assert "2 people" in client.get("/ops/approvals/amounts").content.decode()
    form = {
        "kind": "test.lift",
        "currency": "USD",
        "above_minor": 7,
        "people": 2,
        "roles": ["executive"],
        "reason": "x",
    }
    assert "Fewer people" in client.post("/ops/approvals/amounts/ask", form).content.decode()
    assert client.post("/ops/approvals/amounts/ask", form | {"people": 1}).status_code == 302
    page = client.get(f"/ops/approvals/{Approval.objects.pending().latest('requested_at').pk}").content.decode()
    assert "1 person, executive" in page


@pytest.mark.django_db
def test_the_database_refuses_the_vote_of_somebody_beneath_the_bound(everybody):
    bound(people=1, roles=[Role.EXECUTIVE])
    large, petra = ask(everybody), staff("petra")
    with pytest.raises(DatabaseError, match="beyond what this decider decides"), transaction.atomic():
        large.decisions.create(
            change_hash=large.change_hash, decider=f"user:{petra.pk}", verdict="approve", reason="x", at=clock.now()
        )
