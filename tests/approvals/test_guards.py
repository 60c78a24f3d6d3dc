"""What the database itself refuses, whoever writes."""

import pytest
from django.db import DatabaseError, connection, transaction

from foundation import clock
from foundation.approvals.models import Approval, ApprovalDecision, ApprovalPolicy
from foundation.approvals.states import State
from foundation.errors import Conflict
from foundation.identity.models import Party
from foundation.states import move
from tests.approvals.stories import agree, as_owner, ask_for_role
from tests.cast import HOUSE, actor, staff, user_called

pytestmark = pytest.mark.django_db


def vote(asked, user, **changed):
    columns = {
        "approval": asked, "change_hash": asked.change_hash, "decider": actor(user).reference,
        "principal": user.party_id, "verdict": "approve", "reason": "-", "at": clock.now(), **changed,
    }  # fmt: skip
    with transaction.atomic():
        return ApprovalDecision.objects.create(**columns)


def refused(match, do, *arguments, **named):
    with pytest.raises(DatabaseError, match=match), transaction.atomic():
        do(*arguments, **named)


def run(sql, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def test_a_vote_by_the_requester_or_the_affected_is_refused():
    nora = user_called("nora")
    asked = ask_for_role(nora)

    refused("four eyes", vote, asked, staff("adam"))
    refused("four eyes", vote, asked, nora)
    refused("another change", vote, asked, staff("petra"), change_hash="0" * 64)
    refused("approval_decision_by_somebody", vote, asked, staff("petra"), decider="system:sweeper")
    assert vote(asked, staff("petra")).pk


def test_a_vote_by_another_account_of_the_same_party_is_refused():
    nora, petra, carl = user_called("nora"), staff("petra"), staff("carl")
    nora.party, petra.party, carl.party = (Party.objects.create() for _ in range(3))
    for user in (nora, petra, carl):
        user.save(update_fields=["party"])
    asked = ask_for_role(nora)
    Party.objects.filter(pk=nora.party_id).update(alias_of=petra.party)
    refused("four eyes", vote, asked, petra)
    assert vote(asked, carl).pk
    Party.objects.filter(pk=carl.party_id).update(alias_of=Party.objects.create())
    again = Party.objects.get(pk=carl.party_id).alias_of_id
    refused("four eyes", vote, asked, staff("lena"), principal=again)


def test_no_state_is_reached_without_the_votes_for_it():
    asked = ask_for_role()
    for to in (State.APPROVED, State.REJECTED):
        refused("lacks people|nobody rejected", move, asked, to=to, by=HOUSE, at=clock.now(), reason="-")
    refused("cannot move", run, "UPDATE approval SET state = 'APPLIED', version = version + 1, settled_at = now()")
    refused("cannot begin", Approval.objects.create, **{
        **{field.attname: getattr(asked, field.attname) for field in Approval._meta.concrete_fields},
        "id": None, "pk": staff("petra").pk, "state": State.APPROVED, "change_hash": "1" * 64,
    })  # fmt: skip


def test_a_settled_request_takes_no_more_votes():
    asked = ask_for_role()
    agree(asked, staff("petra"))

    refused("is not open", vote, asked, staff("carl"))


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE approval SET payload = '{}'",
        "UPDATE approval SET change_hash = repeat('0', 64)",
        "UPDATE approval SET requester = 'user:other'",
        "UPDATE approval SET amount_minor = 1",
        "UPDATE approval SET expires_at = now() + interval '1 year'",
        "DELETE FROM approval",
        "UPDATE approval_decision SET verdict = 'reject'",
        "DELETE FROM approval_decision",
        "UPDATE approval_policy SET approvers = 1",
        "DELETE FROM approval_policy",
        "INSERT INTO approval_policy SELECT * FROM approval_policy",
    ],
)
def test_what_was_asked_and_said_is_never_rewritten(sql):
    agree(ask_for_role(), staff("petra"))

    refused("permission denied", run, sql)


def test_programs_never_decide_about_roles():
    """Not even a migration can say so."""
    with pytest.raises(Exception, match="approval_policy_people_only"):
        as_owner("UPDATE approval_policy SET clients_may_decide = true WHERE kind = 'role.grant'")
    assert not ApprovalPolicy.objects.get(pk="role.grant").clients_may_decide


@pytest.mark.django_db(transaction=True)
def test_content_that_was_rewritten_past_all_guards_is_not_agreed_to():
    asked = ask_for_role(role="finance")
    as_owner("""UPDATE approval SET payload = jsonb_set(payload, '{role}', '"admin"') WHERE id = %s""", asked.pk)

    with pytest.raises(Conflict) as refusal:
        agree(asked, staff("petra"))

    assert refusal.value.code == "approvals.other_change"
    assert Approval.objects.get(pk=asked.pk).state == State.PENDING


def test_no_table_of_ones_own_stands_in_for_the_one_a_guard_asks():
    """Temporary tables are found before real ones, unless a function says where it looks."""
    asked = ask_for_role()
    run("CREATE TEMPORARY TABLE approval ON COMMIT DROP AS SELECT * FROM public.approval")
    run("UPDATE pg_temp.approval SET requester = 'somebody else'")
    insert = (
        "INSERT INTO public.approval_decision (approval_id, change_hash, decider, verdict, reason, at) "
        "VALUES (%s, %s, %s, 'approve', '-', now())"
    )
    refused("four eyes", run, insert, asked.pk, asked.change_hash, asked.requester)
