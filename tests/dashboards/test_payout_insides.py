"""What checks found and staff wrote stays with those whose work it is; others read what creators may read, too."""

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from foundation import clock
from foundation.actors import Actor, ActorKind
from foundation.errors import Conflict, NotFound
from foundation.identity.models import Membership
from foundation.identity.roles import Role
from foundation.states import move
from payouts.freezes.services import release_freeze
from payouts.life.models import Payout
from payouts.life.services import cancel_payout, extend_escrow, freeze_payout, run_payouts
from payouts.life.states import PayoutState
from tests.cast import HOUSE, actor, member, portal_user, signed_in, staff
from tests.payouts.conftest import desk, standing  # noqa: F401  a rail inside the process
from tests.payouts.freezes.stories import frozen, waiting
from tests.payouts.scene import ask, on, queued, rich, seen

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("desk")]
SECRET = "her sister wrote to us"


def read(name, url, **query):
    answer = signed_in(Client(), staff(name)).get(url, query)
    assert answer.status_code == 200
    return answer


def words(name, url, **query):
    return " ".join(read(name, url, **query).content.decode().split())


def columns(name, payout, table):
    return [one.label for one in read(name, reverse("ops:payout", args=[payout.pk])).context[table].columns]


def test_why_it_was_given_up_and_made_longer_stays_inside():
    fred, payout = actor(staff("fred")), ask(rich())
    until = payout.escrow.planned_release_at.replace(microsecond=0) + (payout.escrow.planned_release_at - clock.now())
    extend_escrow(
        payout_id=payout.pk, until=until, code="CHECK_IN_PROGRESS", reason=SECRET, by=fred, at=clock.now()
    )  # fmt: skip
    url = reverse("ops:payout", args=[payout.pk])
    assert (SECRET in words("susi", url), SECRET in words("udo", url)) == (False, True)
    cancel_payout(payout_id=payout.pk, reason=SECRET, by=fred, at=clock.now())
    one, many = f"/api/v1/payouts/{payout.pk}", "/api/v1/payouts"
    for name, reads in (("susi", False), ("eva", False), ("udo", True)):
        for place in (url, reverse("ops:payouts"), one, many):
            assert (SECRET in words(name, place)) is reads, (name, place)
    assert "Given up. The money is available to the creator again" in words("susi", url)


def test_what_a_rail_said_is_for_all_of_staff():
    from processors.gateways.rails.base import rails
    from processors.gateways.rails.types import RailOutcome, RailResult

    rails.find("paxum").will(RailOutcome(RailResult.REFUSED, code="31", text="no such account"))
    payout = queued(100_00)
    run_payouts(by=HOUSE)
    assert seen(payout).state == "FAILED"
    assert "no such account" in words("susi", reverse("ops:payout", args=[payout.pk]))


def test_checks_by_name_and_severity_stay_inside():
    row = frozen(waiting(), severity="HIGH")
    payout = row.payout
    assert read("susi", reverse("ops:payout", args=[payout.pk])).context["checks"] is None
    assert "Severity" not in columns("susi", payout, "freezes")
    assert "Severity" in columns("udo", payout, "freezes")
    assert len(read("udo", reverse("ops:payout", args=[payout.pk])).context["checks"].rows) > 0
    for name, reads in (("susi", False), ("eva", False), ("udo", True)):
        for place in (reverse("ops:holds"), reverse("ops:hold", args=[row.pk])):
            assert (">High<" in words(name, place)) is reads, (name, place)
        some = read(name, reverse("ops:holds"), severity="CRITICAL").context["table"].rows
        assert len(some) == (0 if reads else 1), "a filter tells what a column would"


def test_whether_it_was_wrong_stays_inside():
    row = frozen(waiting())
    release_freeze(freeze_id=row.pk, reason=SECRET, was_wrong=True, by=actor(staff("fred")), at=clock.now())
    for name, reads in (("susi", False), ("eva", False), ("udo", True)):
        told = read(name, "/api/v1/freezes").json()["data"][0]
        assert told["was_wrong"] is (True if reads else None)
        for place in (reverse("ops:payout", args=[row.payout_id]), reverse("ops:hold", args=[row.pk])):
            assert ("hould not have been stopped" in words(name, place)) is reads


def test_nobody_gives_up_a_payout_that_is_not_theirs():
    payout = ask(rich())
    other = member("nora").party_id
    strangers = (
        Actor(ActorKind.USER, "7", party_id=other),
        Actor(ActorKind.USER, "8"),
        Actor(ActorKind.CLIENT, "9", platform_id=payout.pk),
        Actor(ActorKind.USER, "10", roles=frozenset({Role.SUPPORT})),
    )
    for by in strangers:
        with pytest.raises(NotFound):
            cancel_payout(payout_id=payout.pk, reason="mine", by=by, at=clock.now())
    with pytest.raises(NotFound):
        cancel_payout(payout_id=payout.pk, reason="mine", by=HOUSE, at=clock.now(), creator_id=other)
    assert seen(payout).state == "IN_ESCROW"
    herself = actor(portal_user(Membership.objects.get(party_id=payout.creator_id)))
    cancel_payout(payout_id=payout.pk, reason="mine", by=herself, at=clock.now())
    assert (seen(payout).state, on("escrow", payout.creator_id)) == ("CANCELLED", 0)


def test_no_way_leads_from_frozen_to_given_up():
    payout = ask(rich())
    freeze_payout(payout_id=payout.pk, code="CHECK_IN_PROGRESS", by=HOUSE, at=clock.now())
    held = seen(payout)
    with pytest.raises(Conflict), transaction.atomic():
        cancel_payout(payout_id=payout.pk, reason="x", by=HOUSE, at=clock.now())
    with pytest.raises(Conflict), transaction.atomic():
        move(held, to=PayoutState.CANCELLED, by=HOUSE, reason="x", at=clock.now())
    with pytest.raises(DatabaseError), transaction.atomic():
        Payout.objects.filter(pk=payout.pk).update(state="CANCELLED")
    assert seen(payout).state == "FROZEN"


@pytest.mark.parametrize(
    ("name", "place"), [("fred", "ops:holds"), ("carl", "compliance:escalations"), ("fred", "ops:reconciliation")]
)
def test_a_mangled_place_in_a_list_is_refused(name, place):
    client, url, some = signed_in(Client(), staff(name)), reverse(place), "01890000-0000-7000-8000-000000000000"
    late, early = "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"
    for after in (
        f"2026-99-01~{some}",
        f"{early}~{some}",
        f"{late}~{some}",
        f"2026-01-01T00:00:00~{some}",
        f"{late}~x",
    ):
        assert client.get(url, {"after": after}).status_code == 400
    assert client.get(url, {"after": f"2026-01-01T00:00:00+00:00~{some}"}).status_code == 200
