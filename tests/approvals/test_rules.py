import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from foundation.actors import Actor, ActorKind, system
from foundation.approvals.rules.exact_change import faults_in, fingerprint
from foundation.approvals.rules.who_decides import approvers_needed, is_same, why_not_decide
from foundation.approvals.types import Policy, Side
from foundation.ids import uuid7

POLICY = Policy("test", frozenset({"finance"}), frozenset({"approver"}), 1, 1, 1)
PLAIN = some.none() | some.booleans() | some.integers(-(2**53) + 1, 2**53 - 1) | some.text(max_size=20)
PAYLOADS = some.dictionaries(some.text(max_size=8), PLAIN | some.lists(PLAIN, max_size=3), max_size=5)


@given(PAYLOADS)
def test_the_order_of_keys_does_not_matter(payload):
    assert fingerprint("a", payload) == fingerprint("a", dict(reversed(payload.items())))


@given(PAYLOADS, PAYLOADS)
def test_another_change_has_another_hash(one, other):
    is_same_text = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (fingerprint("a", one) == fingerprint("a", other)) == is_same_text
    assert fingerprint("a", one) != fingerprint("b", one)


def test_the_hash_is_written_down_so_that_a_release_cannot_change_it():
    assert fingerprint("role.grant", {"role": "finance", "user_id": "7"}) == (
        "6eeee78d160862f5c4fc4fb0113497eecd170eddbadd85d8b09e54c333341929"
    )


@pytest.mark.parametrize(
    ("value", "code"),
    [(1.0, "wrong_type"), (True, "wrong_type"), ("1", "wrong_type"), (2**53, "not_exact"), (None, "wrong_type")],
)
def test_numbers_are_whole_and_fit_into_json(value, code):
    assert [fault["code"] for fault in faults_in({"minor": value}, {"minor": int})] == [code]


@pytest.mark.parametrize("value", [{"rate": 0.1}, {"list": [[1, 2.5]]}, {1: "x"}])
def test_a_float_hides_nowhere(value):
    assert [fault["code"] for fault in faults_in({"more": value}, {"more": dict})] == ["not_exact"]


def test_missing_unknown_and_poisoned_fields_are_each_named():
    faults = faults_in({"b": "x\x00", "c": 1}, {"a": int, "b": str})

    assert [(fault["field"], fault["code"]) for fault in faults] == [
        ("a", "missing"), ("c", "unknown"), ("b", "bad_text"),
    ]  # fmt: skip


SIDES = some.builds(Side, some.sampled_from(["", "user:1", "user:2"]), some.sampled_from([None, uuid7(), uuid7()]))


@given(decider=SIDES, requester=SIDES, affected=SIDES, voted=some.lists(SIDES, max_size=2))
def test_nobody_with_a_part_in_it_decides(decider, requester, affected, voted):
    actor = Actor(ActorKind.USER, "1", roles=frozenset({"approver"}))
    code = why_not_decide(
        decider=actor, side=decider, requester=requester, affected=affected, voted=voted, policy=POLICY
    )
    assert (code is None) == (not any(is_same(decider, side) for side in (requester, affected, *voted)))


def test_nobody_is_not_the_same_as_nobody():
    assert not is_same(Side(), Side())
    assert is_same(Side("user:1"), Side("user:1", uuid7()))


def test_a_request_the_system_prepared_needs_one_person_more():
    assert approvers_needed(POLICY, system("switches")) == 2
    assert approvers_needed(POLICY, Actor(ActorKind.USER, "1")) == 1
