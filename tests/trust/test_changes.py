"""Limits are versions; only two people make one."""

from datetime import timedelta

import psycopg
import pytest

from foundation import clock
from foundation.approvals.states import State
from foundation.audit.models import AuditRecord
from foundation.errors import Conflict, Forbidden, Invalid, NotFound, Refusal
from foundation.events.models import Outbox
from tests.cast import missing_id
from tests.ledger.books import as_owner
from tests.trust.stories import agree, agreed, ask_for
from trust.models import TrustLimit
from trust.selectors import get_limit, list_limits, list_versions

pytestmark = pytest.mark.django_db


def test_there_are_limits_from_the_beginning_for_each_subject_but_none_without_sense():
    limits = list_limits(at=clock.now())
    assert {str(limit.subject) for limit in limits} == {"fan", "card", "device", "platform", "all"}
    assert get_limit("fan-hour", at=clock.now()).most_count == 30
    assert {limit.currency for limit in limits if limit.name.startswith("one-large")} == {
        "USD", "EUR", "GBP", "CAD", "AUD", "JPY",
    }  # fmt: skip
    with pytest.raises(NotFound):
        get_limit("no-such", at=clock.now())


def test_a_change_is_agreed_recorded_and_told():
    approval = agreed(most_count=12)

    newest = list_versions("fan-hour")[0]
    assert (approval.state, newest.most_count) == (State.APPLIED, 12)
    (told,) = Outbox.objects.filter(type="trust.limit.changed")
    assert (told.payload["limit_version"], told.payload["approval_id"]) == (newest.version, str(approval.pk))
    assert AuditRecord.objects.filter(action="trust.limit_changed", subject_id=str(newest.version)).count() == 1


def test_one_person_alone_changes_nothing():
    asked = ask_for(by="eva")
    for refused in (lambda: agree(asked, by="eva"), lambda: ask_for(by="susi"), lambda: agree(asked, by="fred")):
        with pytest.raises(Forbidden):
            refused()
    assert get_limit("fan-hour", at=clock.now()).most_count == 30


def test_a_limit_begins_when_it_says():
    later = clock.now() + timedelta(days=2)
    agreed(most_count=5, active_from=later.isoformat())
    assert get_limit("fan-hour", at=later - timedelta(microseconds=1)).most_count == 30
    assert get_limit("fan-hour", at=later).most_count == 5
    with pytest.raises(Conflict):
        ask_for(most_count=6)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"subject": "card"}, Conflict),
        ({"subject": "everyone"}, Invalid),
        ({"name": "a b"}, Invalid),
        ({"name": ""}, Invalid),
        ({"platform_id": "boyfanz"}, Invalid),
        ({"name": "new", "platform_id": str(missing_id())}, NotFound),
        ({"most_count": 1.5}, Invalid),
        ({"most_count": -7}, Invalid),
        ({"active_from": "2099-01-01T00:00:00"}, Invalid),
        ({"active_from": "2001-01-01T00:00:00+00:00"}, Conflict),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(changes, refusal):
    with pytest.raises(refusal) as caught:
        ask_for(**changes)
    assert isinstance(caught.value, Refusal)
    assert not Outbox.objects.filter(type="trust.limit.changed").exists()


@pytest.mark.django_db(transaction=True)
def test_the_database_wants_an_approval_and_keeps_versions_as_they_are():
    count = TrustLimit.objects.count()
    asked = ask_for()
    insert = (
        "INSERT INTO trust_limit (name, act, subject, currency, window_seconds, most_count, verdict, is_strict, "
        "active_from, news_seq, approval_id) VALUES ('mine', 'charge', 'fan', '', 60, 1, 'refuse', false, now(), 0, "
    )
    for statement in (
        f"{insert} NULL)",
        f"{insert} '{asked.pk}')",
        "UPDATE trust_limit SET most_count = 9999",
        "DELETE FROM trust_limit",
        "TRUNCATE trust_limit",
    ):
        with as_owner() as owner, pytest.raises(psycopg.Error):
            owner.execute(statement.encode())
    assert TrustLimit.objects.count() == count
