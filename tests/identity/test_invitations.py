import re
from datetime import timedelta

import pytest

from foundation import clock, nearby
from foundation.actors import ANONYMOUS
from foundation.errors import Conflict, Invalid, NotFound, TooMany
from foundation.identity import keys
from foundation.identity.login.mails import mail_member_invitation
from foundation.identity.models import Membership, Party, User
from foundation.identity.personal import read_personal
from foundation.identity.selectors import open_invitation
from foundation.identity.services import MemberIn, accept_invitation, invite_member, upsert_members
from foundation.identity.services.invitations import link_token
from foundation.switches.services import stop_switch
from tests.cast import HOUSE, PASSWORD, actor, member, signed_in, staff

pytestmark = pytest.mark.django_db


def invited(membership):
    invitation = invite_member(membership_id=membership.pk, by=HOUSE, at=clock.now())
    return link_token(invitation.pk)


def enter(token, **how):
    return accept_invitation(token=token, by=ANONYMOUS, at=clock.now(), **how)


def test_an_invited_creator_enters_with_a_password_and_only_once():
    maya = member("maya")
    token = invited(maya)

    user = enter(token, password=PASSWORD)

    assert user.party_id == maya.party_id
    assert user.role_names == {"creator"}
    assert user.email == "maya@people.example"
    with pytest.raises(NotFound):
        enter(token, password=PASSWORD)


def test_a_new_link_closes_the_older_one():
    maya = member("maya")
    older = invited(maya)
    newer = invited(maya)

    with pytest.raises(NotFound):
        open_invitation(older, at=clock.now())
    assert open_invitation(newer, at=clock.now()).membership == maya


def test_a_link_sent_to_a_wrong_address_opens_nothing_once_the_platform_corrects_it():
    maya = member("maya")
    token = invited(maya)

    corrected = MemberIn("maya", handle="maya", personal={"email": "maya.right@people.example"})
    upsert_members(platform_id=maya.platform_id, role=maya.role, members=[corrected], by=HOUSE, at=clock.now())

    with pytest.raises(NotFound):
        enter(token, password=PASSWORD)
    assert not User.objects.filter(party=maya.party_id).exists()


def test_news_of_anything_but_the_address_leaves_the_link_alone():
    maya = member("maya")
    token = invited(maya)

    renamed = MemberIn("maya", handle="maya2", personal={"name": "Maya Lund", "email": "maya@people.example"})
    upsert_members(platform_id=maya.platform_id, role=maya.role, members=[renamed], by=HOUSE, at=clock.now())

    assert enter(token, password=PASSWORD).party_id == maya.party_id


def test_a_link_opens_nothing_for_somebody_their_platform_has_closed():
    maya = member("maya")
    token = invited(maya)

    closed = MemberIn("maya", handle="maya", is_active=False)
    upsert_members(platform_id=maya.platform_id, role=maya.role, members=[closed], by=HOUSE, at=clock.now())

    with pytest.raises(Conflict, match=r"identity\.member_inactive"):
        enter(token, password=PASSWORD)
    with pytest.raises(Conflict, match=r"identity\.member_inactive"):
        enter(token, user_id=staff("ines").pk)


def test_the_link_of_somebody_who_was_erased_is_gone():
    maya = member("maya")
    token = invited(maya)
    keys.destroy_key(maya.party.key_id)

    with pytest.raises(NotFound):
        enter(token, password=PASSWORD)


def test_a_link_ends_after_three_days_and_a_guess_opens_nothing():
    token = invited(member("maya"))

    with pytest.raises(NotFound):
        open_invitation(token, at=clock.now() + timedelta(hours=73))
    with pytest.raises(NotFound):
        open_invitation("guess", at=clock.now())


def test_a_weak_password_is_refused_and_the_link_stays_good():
    token = invited(member("maya"))

    with pytest.raises(Invalid) as refusal:
        enter(token, password="short")

    assert refusal.value.errors[0]["field"] == "password"
    assert enter(token, password=PASSWORD).is_active


def test_signed_in_maya_joins_her_second_platform_under_one_party():
    here, there = member("maya"), member("maya", slug="girlfanz", name="Maya Lund")
    user = enter(invited(here), password=PASSWORD)

    enter(invited(there), user_id=user.pk)

    there.refresh_from_db()
    assert there.party_id == here.party_id == user.party_id
    assert Party.objects.filter(alias_of=here.party_id).count() == 1
    assert read_personal([here.party_id])[here.party_id]["name"] == "Maya Lund"


def test_somebody_inside_an_inactive_member_and_one_without_address_are_not_invited():
    maya = member("maya")
    enter(invited(maya), password=PASSWORD)
    with pytest.raises(Conflict) as inside:
        invited(maya)
    nobody = member("nobody", email="")
    with pytest.raises(Conflict) as addressless:
        invited(nobody)

    assert inside.value.code == "identity.already_inside"
    assert addressless.value.code == "identity.no_address"


def test_staff_cannot_become_a_creator_with_the_same_account():
    token = invited(member("maya"))
    ines = staff("ines")

    with pytest.raises(Conflict) as refusal:
        accept_invitation(token=token, by=actor(ines), at=clock.now(), user_id=ines.pk)

    assert refusal.value.code == "identity.staff_apart"
    ines.refresh_from_db()
    assert ines.party_id is None


def test_the_link_is_mailed_and_opens_a_page_where_a_password_makes_the_login(client, mailoutbox):
    maya = member("maya")
    invitation = invite_member(membership_id=maya.pk, by=HOUSE, at=clock.now())
    mail_member_invitation(invitation.pk)
    (mail,) = mailoutbox
    path = re.search(r"(/invite/\S+)", mail.body)[1]

    page = client.get(path)
    weak = client.post(path, {"password": "short"})
    done = client.post(path, {"password": PASSWORD})

    assert mail.to == ["maya@people.example"]
    assert "BoyFanz" in page.content.decode()
    assert weak.status_code == 400
    assert "This password is too short" in weak.content.decode()
    assert (done.status_code, done.headers["Location"]) == (302, "/")
    assert client.get("/account/profile").status_code == 200, "no second sign-in"
    assert User.objects.get(email="maya@people.example").role_names == {"creator"}
    assert client.get(path).status_code == 404


def test_while_the_portals_are_paused_a_link_makes_the_login_and_opens_no_session(client):
    token = invited(member("maya"))
    stop_switch(key="login.portals", reason="Drill", by=actor(staff("fred")), at=clock.now())
    nearby.forget_all()

    done = client.post(f"/invite/{token}", {"password": PASSWORD})

    assert (done.status_code, done.headers["Location"]) == (302, "/login")
    assert client.get("/account/profile").status_code == 302
    assert User.objects.get(email="maya@people.example").check_password(PASSWORD)


def test_an_address_that_many_members_share_is_not_flooded():
    shared = [member(f"shared-{number}", email="maya@people.example") for number in range(4)]
    for one in shared[:3]:
        invited(one)

    with pytest.raises(TooMany) as refusal:
        invited(shared[3])

    assert refusal.value.code == "identity.invited_lately"
    assert 0 < refusal.value.facts["retry_after"] <= 3600
    invited(member("apart", email="sam@people.example"))


def test_a_used_or_replaced_link_is_not_mailed_late(mailoutbox):
    maya = member("maya")
    older = invite_member(membership_id=maya.pk, by=HOUSE, at=clock.now())
    invite_member(membership_id=maya.pk, by=HOUSE, at=clock.now())

    mail_member_invitation(older.pk)

    assert mailoutbox == []


def test_signed_in_maya_adds_a_place_by_one_button(client):
    here, there = member("maya"), member("maya", slug="girlfanz")
    user = enter(invited(here), password=PASSWORD)
    signed_in(client, user)

    token = invited(there)

    assert "Add it to my account" in client.get(f"/invite/{token}").content.decode()
    done = client.post(f"/invite/{token}")

    assert done.headers["Location"] == "/"
    there.refresh_from_db()
    assert there.party_id == user.party_id


@pytest.mark.parametrize(
    "handle", ["Locked! https://evil.example/in", "See evil.example", "write to a@evil.example", "two\nlines", "maya"]
)
def test_a_mail_of_ours_carries_no_address_that_others_chose(handle, mailoutbox):
    maya = member("maya")
    Membership.objects.filter(pk=maya.pk).update(handle=handle)
    invitation = invite_member(membership_id=maya.pk, by=HOUSE, at=clock.now())

    mail_member_invitation(invitation.pk)

    (mail,) = mailoutbox
    assert "evil" not in mail.body
    assert mail.body.splitlines()[0] in ("Hello,", "Hello two lines,", "Hello maya,")


def test_nobody_is_flooded_with_invitations():
    maya = member("maya")
    for _ in range(3):
        invited(maya)

    with pytest.raises(TooMany) as refused:
        invited(maya)
    assert 0 < refused.value.facts["retry_after"] <= 3600
    assert invited(member("mona"))
