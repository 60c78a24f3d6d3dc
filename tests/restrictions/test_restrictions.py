from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from django.test import Client

from foundation import clock
from foundation.errors import Conflict, Forbidden, Invalid, NotFound
from foundation.events.models import Outbox
from foundation.identity.login.vetoes import refuse_vetoed
from foundation.identity.models import Party, SessionMark
from foundation.restrictions.models import Restriction
from foundation.restrictions.selectors import is_restricted, is_suspended, list_restrictions, nearby
from foundation.restrictions.services import end_restriction, end_run_out, place_restriction
from foundation.restrictions.types import Kind
from tests.cast import HOUSE, actor, member, missing_id, platform, portal_user, signed_in, staff

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def place(party_id, kind=Kind.PAYOUTS_BLOCKED, **named):
    named = {"source": "fraud:case:1", "reason": "Stolen cards", **named}
    return place_restriction(party_id=party_id, kind=kind, by=actor(staff("rolf")), at=clock.now(), **named)


def afresh(question, *arguments):
    nearby.forget()
    return question(*arguments)


def news():
    return list(Outbox.objects.filter(type__contains="restricted").values_list("type", flat=True))


@contextmanager
def as_a_tenant():
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('role', 'fanz_tenant', true)")
        yield cursor
        cursor.execute("SELECT set_config('role', 'fanz_app', true)")


@pytest.fixture
def maya():
    return member("c-1").party_id


def test_a_restriction_holds_until_it_is_ended(maya):
    assert not afresh(is_restricted, maya, Kind.PAYOUTS_BLOCKED)
    placed = place(maya)
    assert afresh(is_restricted, maya, Kind.PAYOUTS_BLOCKED)
    assert is_restricted(maya, Kind.PAYOUTS_BLOCKED, platform().pk)
    assert not is_restricted(maya, Kind.SHADOWED)
    assert not is_restricted(member("c-2").party_id, Kind.PAYOUTS_BLOCKED)

    ended = end_restriction(restriction_id=placed.id, reason="Cleared", by=actor(staff("carl")), at=clock.now())

    assert ended.ended_by == actor(staff("carl")).reference
    assert not afresh(is_restricted, maya, Kind.PAYOUTS_BLOCKED)
    assert news() == ["account.restricted", "account.unrestricted"]
    with pytest.raises(Conflict):
        end_restriction(restriction_id=placed.id, reason="Again", by=HOUSE, at=clock.now())


def test_on_one_platform_it_holds_there_alone(maya):
    place(maya, platform_id=platform("boyfanz").pk)

    assert afresh(is_restricted, maya, Kind.PAYOUTS_BLOCKED, platform("boyfanz").pk)
    assert not is_restricted(maya, Kind.PAYOUTS_BLOCKED, platform("girlfanz").pk)
    assert not is_restricted(maya, Kind.PAYOUTS_BLOCKED)


def test_the_same_source_twice_is_one_and_another_source_stands_by_itself(maya):
    first = place(maya)
    assert place(maya).id == first.id
    other = place(maya, source="compliance:hold:7")

    end_restriction(restriction_id=first.id, reason="Cleared", by=HOUSE, at=clock.now())
    assert afresh(is_restricted, maya, Kind.PAYOUTS_BLOCKED)
    end_restriction(restriction_id=other.id, reason="Cleared", by=HOUSE, at=clock.now())
    assert not afresh(is_restricted, maya, Kind.PAYOUTS_BLOCKED)
    assert place(maya).id != first.id
    assert len(list_restrictions(maya)) == 3


def test_it_begins_and_ends_by_the_databases_clock(maya):
    place(maya, active_from=clock.now() + DAY, active_until=clock.now() + 2 * DAY)
    assert not afresh(is_restricted, maya, Kind.PAYOUTS_BLOCKED)
    clock.move_clock(ahead=DAY + timedelta(hours=1))
    assert afresh(is_restricted, maya, Kind.PAYOUTS_BLOCKED)
    assert end_run_out(at=clock.now()) == 0
    clock.move_clock(ahead=2 * DAY + timedelta(hours=1))
    assert not afresh(is_restricted, maya, Kind.PAYOUTS_BLOCKED)
    assert (end_run_out(at=clock.now()), end_run_out(at=clock.now())) == (1, 0)
    assert news() == ["account.restricted", "account.unrestricted"]


def test_it_follows_the_person_when_parties_are_joined(maya):
    place(maya)
    kept = Party.objects.create()
    Party.objects.filter(pk=maya).update(alias_of=kept)

    assert afresh(is_restricted, kept.pk, Kind.PAYOUTS_BLOCKED)


def test_a_suspension_ends_sessions_and_keeps_the_door_shut(maya):
    user = portal_user(member("c-1"))
    signed_in(Client(), user)
    refuse_vetoed(user)

    place(maya, Kind.SUSPENDED, active_until=clock.now() + DAY)

    assert not SessionMark.objects.filter(user=user).exists()
    with pytest.raises(Forbidden) as refusal:
        refuse_vetoed(user)
    assert refusal.value.code == "auth.sign_in_vetoed"
    assert afresh(is_suspended, maya)


def test_a_suspension_on_one_of_two_platforms_leaves_the_person_inside(maya):
    user = portal_user(member("c-1"))
    elsewhere = member("c-1", slug="girlfanz")
    type(elsewhere).objects.filter(pk=elsewhere.pk).update(party=maya)
    signed_in(Client(), user)

    place(maya, Kind.SUSPENDED, platform_id=platform("boyfanz").pk, active_until=clock.now() + DAY)
    assert SessionMark.objects.filter(user=user).exists()
    refuse_vetoed(user)
    assert afresh(is_restricted, maya, Kind.SUSPENDED, platform("boyfanz").pk)

    place(maya, Kind.SUSPENDED, platform_id=platform("girlfanz").pk, active_until=clock.now() + DAY)
    assert not SessionMark.objects.filter(user=user).exists()
    with pytest.raises(Forbidden):
        refuse_vetoed(user)


def test_nobody_is_suspended_for_ever_without_a_platform_and_a_legal_basis(maya):
    for named in ({}, {"platform_id": platform().pk}, {"legal_basis": "Terms 7.2"}):
        with pytest.raises(Invalid) as refusal:
            place(maya, Kind.SUSPENDED, **named)
        assert refusal.value.code == "restrictions.for_ever_needs_basis"
    assert place(maya, Kind.SUSPENDED, platform_id=platform().pk, legal_basis="Terms 7.2").legal_basis == "Terms 7.2"


def test_odd_requests_are_refused(maya):
    for named, code in (
        ({"reason": " "}, "restrictions.reason_missing"),
        ({"source": ""}, "restrictions.reason_missing"),
        ({"active_until": clock.now() - DAY}, "restrictions.bad_period"),
    ):
        with pytest.raises(Invalid) as refusal:
            place(maya, **named)
        assert refusal.value.code == code
    with pytest.raises(NotFound):
        place(missing_id())
    with pytest.raises(NotFound):
        end_restriction(restriction_id=missing_id(), reason="-", by=HOUSE, at=clock.now())
    assert not Restriction.objects.exists()


def test_when_nobody_can_say_everybody_is_restricted(maya, monkeypatch):
    def gone():
        raise OperationalError("gone")

    monkeypatch.setattr(nearby, "_load", gone)
    assert afresh(is_restricted, maya, Kind.PAYOUTS_BLOCKED)
    assert is_suspended(maya)
    assert not is_suspended(None)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE restriction SET kind = 'SHADOWED'",
        "UPDATE restriction SET active_until = now()",
        "UPDATE restriction SET ended_at = NULL, ended_by = '', ended_because = ''",
        "DELETE FROM restriction",
    ],
)
def test_what_was_placed_is_never_rewritten(maya, sql):
    placed = place(maya)
    end_restriction(restriction_id=placed.id, reason="Cleared", by=HOUSE, at=clock.now())
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_platforms_own_request_learns_what_is_in_force_and_nothing_more(maya):
    place(maya)
    with as_a_tenant():
        assert afresh(is_restricted, maya, Kind.PAYOUTS_BLOCKED)
    with pytest.raises(DatabaseError, match="permission denied"), as_a_tenant() as cursor:
        cursor.execute("SELECT reason FROM restriction")
