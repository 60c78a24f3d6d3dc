"""Many hands at once: one outcome, one effect, nobody votes twice."""

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from django.db import connection

from foundation.actors import Actor
from foundation.approvals.models import Approval, ApprovalDecision
from foundation.approvals.services import expire_run_out, withdraw_approval
from foundation.approvals.states import State
from foundation.clock import now
from foundation.errors import Refusal
from foundation.identity.models import Party
from foundation.identity.roles import Role
from foundation.retry import retrying
from tests.approvals.stories import agree, as_owner, refuse
from tests.cast import actor, staff, user_called

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = int(os.environ.get("RACE_ROUNDS", "6"))


def at_once(*doings):
    """Run all of these in threads of their own from one starting shot; what each returned or was refused."""
    start = Barrier(len(doings))

    def run(doing):
        try:
            start.wait()
            return str(retrying(doing)().state)
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(doings)) as threads:
        return Counter(threads.map(run, doings))


def each(does, asked, deciders):
    """One doing per decider: `does` is `agree` or `refuse`."""
    return [partial(does, asked, by) for by in deciders]


def times_applied(party):
    return Party.objects.get(pk=party.pk).version - 1


@pytest.fixture
def party():
    return Party.objects.create()


@pytest.fixture
def deciders() -> list[Actor]:
    return [actor(user_called(f"decider{number}", Role.APPROVER)) for number in range(8)]


def test_eight_people_agree_at_once_and_the_change_is_made_once(lift, party, deciders):
    for amount in range(ROUNDS):
        asked, before = lift.ask(party.pk, to_minor=amount), times_applied(party)

        outcomes = at_once(*each(agree, asked, deciders))

        assert outcomes == {State.APPLIED: 1, "approvals.not_pending": 7}
        assert times_applied(party) == before + 1
        assert asked.decisions.count() == 1


def test_yes_against_no_has_one_winner(lift, party, deciders):
    for amount in range(ROUNDS):
        asked, before = lift.ask(party.pk, to_minor=amount), times_applied(party)

        outcomes = at_once(
            *each(agree, asked, deciders[::2]),
            *each(refuse, asked, deciders[1::2]),
        )

        state = Approval.objects.get(pk=asked.pk).state
        assert outcomes == {state: 1, "approvals.not_pending": 7}
        assert times_applied(party) - before == (state == State.APPLIED)
        assert asked.decisions.count() == 1


def test_the_same_person_from_eight_tabs_counts_as_one_person(lift, party, deciders):
    lift.withdraw()
    lift.offer(approvers=2)
    for amount in range(ROUNDS):
        asked = lift.ask(party.pk, to_minor=amount)

        outcomes = at_once(*each(agree, asked, deciders[:1] * 8))

        assert outcomes == {State.PENDING: 1, "approvals.already_voted": 7}
        assert Approval.objects.get(pk=asked.pk).state == State.PENDING
    assert times_applied(party) == 0


def test_two_accounts_of_one_party_are_one_voice(lift, party):
    lift.withdraw()
    lift.offer(approvers=2)
    person = Party.objects.create()
    one, other = user_called("one", Role.APPROVER), user_called("other", Role.APPROVER)
    one.party, other.party = person, Party.objects.create(alias_of=person)
    one.save(update_fields=["party"])
    other.save(update_fields=["party"])
    for amount in range(ROUNDS):
        asked = lift.ask(party.pk, to_minor=amount)

        outcomes = at_once(*each(agree, asked, [one, other]))

        assert outcomes == {State.PENDING: 1, "approvals.already_voted": 1}
    assert times_applied(party) == 0


def test_taking_back_against_agreeing_and_running_out(lift, party, deciders):
    for amount in range(ROUNDS):
        asked, before = lift.ask(party.pk, to_minor=amount), times_applied(party)

        take_back = partial(withdraw_approval, approval_id=asked.pk, reason="-", by=actor(staff("fred")), at=now())
        outcomes = at_once(partial(agree, asked, deciders[0]), take_back)
        state = Approval.objects.get(pk=asked.pk).state
        assert outcomes == {state: 1, "approvals.not_pending": 1}
        assert times_applied(party) - before == (state == State.APPLIED)


def test_two_sweepers_close_each_request_once(lift, party):
    for amount in range(30):
        lift.ask(party.pk, to_minor=amount)
    as_owner("UPDATE approval SET requested_at = now() - interval '4 days', due_at = now() - interval '3 days', "
             "expires_at = now() - interval '2 days'")  # fmt: skip
    closed = []

    def sweep():
        closed.append(expire_run_out(at=now(), limit=20))
        return Approval(state=State.EXPIRED)

    at_once(sweep, sweep, sweep)
    assert sum(closed) == 30
    assert not Approval.objects.pending().exists()


def test_eight_people_ask_for_the_same_and_one_request_waits(lift, party):
    askers = [actor(user_called(f"asker{number}", Role.FINANCE)) for number in range(8)]

    outcomes = at_once(*(lambda by=by: lift.ask(party.pk, by) for by in askers))

    assert outcomes == {State.PENDING: 1, "approvals.already_asked": 7}
    assert Approval.objects.count() == 1
    assert not ApprovalDecision.objects.exists()
