"""Revenue splits are versions; only two people make one, and what was sold keeps the split it was sold under."""

from datetime import timedelta

import psycopg
import pytest
from django.test import Client
from django.urls import reverse

from foundation import clock
from foundation.approvals.services import approve, request_approval
from foundation.approvals.states import State
from foundation.audit.models import AuditRecord
from foundation.errors import Conflict, Forbidden, Invalid, NotFound
from foundation.events.models import Outbox
from ledger.models import RevenueSplit
from ledger.rules.flows.sales import Product
from ledger.splits.selectors import list_splits, shares_of, split_in_force
from ledger.splits.types import Scope, Share
from tests.cast import actor, bearer, member, platform, signed_in, staff
from tests.ledger.books import as_owner


def wish(**changes):
    return {
        "platform_id": "",
        "product": "",
        "creator_id": "",
        "creator_basis_points": 8_500,
        "active_from": "",
        "active_until": "",
        **changes,
    }


def ask_for(by="fred", **changes):
    return request_approval(
        kind="split.change", payload=wish(**changes), reason="Agreed with her", by=actor(staff(by)), at=clock.now()
    )


def agree(approval, by="petra"):
    return approve(
        approval_id=approval.pk,
        seen_hash=approval.change_hash,
        reason="Right",
        by=actor(staff(by)),
        at=clock.now(),
    )


def change(**changes):
    return agree(ask_for(**changes))


def share(*, product=Product.TIP, slug="boyfanz", creator=None, at=None):
    creator = creator or member("maya").party
    return split_in_force(
        platform_id=platform(slug).pk, product=product, creator_id=creator.pk, at=at or clock.now()
    ).creator_basis_points


def test_from_the_beginning_four_fifths_are_the_creators():
    assert share() == 8_000


def test_the_most_particular_split_is_in_force():
    maya, nora = member("maya").party, member("nora").party
    change(platform_id=str(platform().pk), creator_basis_points=8_100)
    change(product="tip", creator_basis_points=9_000)
    change(creator_id=str(maya.pk), creator_basis_points=8_500)
    change(creator_id=str(maya.pk), product="call", platform_id=str(platform().pk), creator_basis_points=7_000)

    assert share(creator=nora, product=Product.MEDIA) == 8_100
    assert share(creator=nora, product=Product.MEDIA, slug="girlfanz") == 8_000
    assert share(creator=nora, product=Product.TIP) == 9_000
    assert share(creator=maya, product=Product.TIP) == 8_500
    assert (share(creator=maya, product=Product.CALL), share(creator=maya, product=Product.CALL, slug="girlfanz")) == (
        7_000,
        8_500,
    )


def test_a_version_begins_where_it_says_and_an_ended_one_leaves_the_wider():
    now = clock.now()
    begin, end = now + timedelta(days=10), now + timedelta(days=20)
    change(product="tip", active_from=begin.isoformat(), active_until=end.isoformat())

    assert share(at=begin - timedelta(microseconds=1)) == 8_000
    assert share(at=begin) == share(at=end - timedelta(microseconds=1)) == 8_500
    assert share(at=end) == 8_000
    assert share(at=now - timedelta(days=3000)) == 8_000


def test_a_change_is_recorded_and_told_with_its_approval():
    approval = change(product="ppv")

    (split,) = list_splits(Scope(product="ppv"))
    assert (approval.state, split.approval_id) == (State.APPLIED, approval.pk)
    (told,) = Outbox.objects.filter(type="split.changed")
    assert told.payload["split_id"] == str(split.id)
    assert told.payload["approval_id"] == str(approval.pk)
    (kept,) = AuditRecord.objects.filter(action="split.changed")
    assert kept.subject_id == str(split.id)


def test_one_person_alone_changes_nothing():
    approval = ask_for(by="eva")
    with pytest.raises(Forbidden):
        agree(approval, by="eva")
    with pytest.raises(Forbidden):
        ask_for(by="dora")
    assert share() == 8_000
    assert Outbox.objects.filter(type="split.changed").count() == 0


def test_the_past_has_no_new_versions_and_later_ones_are_not_overtaken():
    later = (clock.now() + timedelta(days=30)).isoformat()
    change(product="tip", active_from=later)

    with pytest.raises(Conflict):
        ask_for(product="tip", creator_basis_points=8_600)
    with pytest.raises(Conflict):
        ask_for(product="tip", creator_basis_points=8_600, active_from=later)
    with pytest.raises(Conflict):
        ask_for(product="ppv", active_from=(clock.now() - timedelta(seconds=1)).isoformat())


def test_a_change_overtaken_while_it_waited_fails_and_changes_nothing():
    first, second = ask_for(product="tip"), ask_for(product="tip", creator_basis_points=9_000, by="eva")
    later = clock.now() + timedelta(days=1)
    change(product="tip", active_from=later.isoformat(), creator_basis_points=8_200)

    assert agree(first).state == agree(second).state == State.FAILED
    assert [split.creator_basis_points for split in list_splits(Scope(product="tip"))] == [8_200]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"creator_basis_points": 10_001}, Invalid),
        ({"creator_basis_points": -1}, Invalid),
        ({"product": "shoes"}, Invalid),
        ({"platform_id": "boyfanz"}, Invalid),
        ({"active_from": "tomorrow"}, Invalid),
        ({"active_from": "2099-01-01T00:00:00"}, Invalid),
        ({"active_from": "2099-01-02T00:00:00+00:00", "active_until": "2099-01-01T00:00:00+00:00"}, Invalid),
        ({"active_until": "9999-12-31T23:59:59-14:00"}, Invalid),
        ({"creator_id": "00000000-0000-0000-0000-00000000dead"}, NotFound),
        ({"platform_id": "00000000-0000-0000-0000-00000000dead"}, NotFound),
        ({"creator_basis_points": 80.5}, Invalid),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(changes, refusal):
    with pytest.raises(refusal):
        ask_for(**changes)


@pytest.mark.django_db(transaction=True)
def test_the_database_wants_an_approval_and_keeps_versions_as_they_are():
    first = RevenueSplit.objects.get()
    unapproved = "INSERT INTO revenue_split (id, product, creator_basis_points, active_from, news_seq) VALUES "
    for statement in (
        f"{unapproved} (gen_random_uuid(), '', 9999, now(), 0)",
        "UPDATE revenue_split SET creator_basis_points = 9999",
        "UPDATE revenue_split SET active_until = now()",
        "DELETE FROM revenue_split",
        "TRUNCATE revenue_split",
    ):
        with as_owner() as owner, pytest.raises(psycopg.Error):
            owner.execute(statement.encode())
    assert RevenueSplit.objects.get() == first


@pytest.mark.django_db(transaction=True)
def test_what_was_approved_for_something_else_makes_no_split():
    approval = ask_for(product="tip")
    with as_owner() as owner, pytest.raises(psycopg.errors.CheckViolation):
        owner.execute(
            b"INSERT INTO revenue_split (id, product, creator_basis_points, active_from, news_seq, approval_id) "
            b"VALUES (gen_random_uuid(), 'tip', 9999, now(), 0, %s)",
            [approval.pk],
        )


def test_versions_are_read_over_the_api_by_scope_and_moment():
    maya, boyfanz = member("maya").party, platform()
    platform("girlfanz")
    change(creator_id=str(maya.pk), creator_basis_points=9_000)
    change(platform_id=str(boyfanz.pk), product="tip", creator_basis_points=8_500)
    between = clock.now()
    change(platform_id=str(boyfanz.pk), product="tip", creator_basis_points=8_700)
    fred = signed_in(Client(), staff("fred"))

    def shares(**query):
        answer = fred.get(reverse("api:ledger-splits"), query)
        assert answer.status_code == 200
        return [row["creator_basis_points"] for row in answer.json()["data"]]

    assert shares() == [8_700, 8_500, 9_000, 8_000]
    assert shares(in_force_at=clock.now().isoformat()) == [8_700, 9_000, 8_000]
    assert shares(in_force_at=between.isoformat()) == [8_500, 9_000, 8_000]
    assert shares(creator_id=str(maya.pk)) == [9_000]
    assert shares(product="tip", platform_id=str(boyfanz.pk)) == [8_700, 8_500]
    first = fred.get(reverse("api:ledger-splits"), {"limit": 3}).json()
    assert len(first["data"]) == 3
    assert [row["product"] for row in fred.get(first["next"]).json()["data"]] == [None]
    assert fred.get(reverse("api:ledger-splits"), {"product": "song"}).status_code == 400
    program = Client(headers=bearer("boyfanz", "ledger:read"))
    assert program.get(reverse("api:ledger-splits")).status_code == 403


def test_shares_say_which_version_they_come_from():
    boyfanz, girlfanz = platform(), platform("girlfanz")
    change(creator_id=str(member("maya").party.pk), creator_basis_points=9_900)
    change(product="tip", creator_basis_points=9_000)
    change(platform_id=str(girlfanz.pk), creator_basis_points=7_000)

    shares = shares_of([boyfanz.pk, girlfanz.pk], at=clock.now())

    assert len(shares) == 2 * len(Product)
    assert shares[boyfanz.pk, Product.TIP] == Share(9_000, Scope(None, "tip"))
    assert shares[girlfanz.pk, Product.TIP] == Share(9_000, Scope(None, "tip"))
    assert shares[girlfanz.pk, Product.CALL] == Share(7_000, Scope(girlfanz.pk))
    assert shares[boyfanz.pk, Product.CALL] == Share(8_000, Scope())
