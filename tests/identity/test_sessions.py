"""Sessions: new keys when something changes, an end by rest, age and hand, and no way back."""

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session

from foundation import clock
from foundation.audit.models import AuditRecord
from foundation.errors import Forbidden, NotFound
from foundation.events.models import Outbox
from foundation.identity import sessions
from foundation.identity.login import second_factor
from foundation.identity.login.vetoes import _vetoes, may_veto_sign_in
from foundation.identity.models import SessionMark
from foundation.identity.services import end_role, grant_role
from foundation.identity.session_store import digest
from tests.cast import HOUSE, PASSWORD, actor, member, portal_user, signed_in, staff
from tests.identity.entering import Browser, code_of, inside, with_totp

pytestmark = pytest.mark.django_db


@pytest.fixture
def maya():
    return portal_user(member("maya"))


@pytest.fixture
def sam():
    return portal_user(member("sam", "fan"))


@pytest.fixture
def ines():
    return staff("ines")


@pytest.fixture
def hands():
    def ahead(**much):
        clock.move_clock(ahead=timedelta(**much))

    yield ahead
    clock.forget()


def holding(key):
    browser = Browser()
    browser.cookies["fanz_session"] = key
    return browser


def test_a_planted_session_does_not_become_a_persons(maya):
    browser = Browser()
    browser.send("/login", {"login": maya.email, "password": "wrong"})
    planted = "attackerschoiceattackerschoice12"
    browser.cookies["fanz_session"] = planted
    browser.sign_in(maya.email)
    assert browser.key() != planted
    assert not holding(planted).reaches()


def test_each_step_inwards_gives_a_new_key(ines):
    secret = with_totp(ines)
    browser = Browser()
    browser.sign_in(ines.email)
    half_way = browser.key()
    browser.send("/mfa", {"code": code_of(secret)})
    assert browser.key() != half_way
    assert browser.reaches()
    assert not holding(half_way).reaches()
    assert holding(half_way).get("/mfa").status_code == 302


def test_the_tables_do_not_hold_what_the_cookie_holds(maya):
    key = inside(maya).key()
    assert Session.objects.get().session_key == digest(key) == SessionMark.objects.get().session_key != key
    assert not holding(digest(key)).reaches()


def test_a_session_without_a_mark_is_none(maya):
    browser = inside(maya)
    SessionMark.objects.all().delete()
    assert not browser.reaches()
    assert Session.objects.count() == 0


def test_a_changed_password_keeps_this_session_under_a_new_key_and_ends_the_others(maya):
    here, there = inside(maya), inside(maya)
    old_key = here.key()
    change = {"oldpassword": PASSWORD, "password1": "another-battery-staple", "password2": "another-battery-staple"}
    assert here.send("/account/security/password", change).headers["Location"] == "/account/security"
    assert here.reaches()
    assert here.key() != old_key
    assert not there.reaches()
    assert not holding(old_key).reaches()
    assert SessionMark.objects.count() == 1
    assert Browser().sign_in(maya.email).status_code == 200


def test_the_old_password_is_asked_for_five_times_at_most(maya):
    browser = inside(maya)
    body = {"oldpassword": "wrong", "password1": "another-battery-staple", "password2": "another-battery-staple"}
    for _ in range(5):
        assert "oldpassword" in browser.send("/account/security/password", body).context["form"].errors
    answer = browser.send("/account/security/password", {**body, "oldpassword": PASSWORD})
    assert "Too many tries" in str(answer.context["form"].errors)
    assert browser.reaches()


def test_weak_passwords_are_refused(maya):
    for weak in ("short", "password1234", maya.email):
        body = {"oldpassword": PASSWORD, "password1": weak, "password2": weak}
        assert inside(maya).send("/account/security/password", body).status_code == 200
    assert Browser().sign_in(maya.email).status_code == 302


def test_staff_sessions_end_after_a_quarter_of_an_hour_of_rest(ines, hands):
    browser = inside(ines, secret=with_totp(ines))
    hands(minutes=14)
    assert browser.reaches()
    hands(minutes=28)
    assert browser.reaches()
    hands(minutes=43)
    assert browser.get("/account/profile").headers["Location"].startswith("/login")
    ended = AuditRecord.objects.get(action="user.session_ended")
    assert (ended.reason, ended.actor) == ("EXPIRED", "system:sessions")
    assert SessionMark.objects.count() == 0


def test_what_a_page_asks_for_by_itself_keeps_nobody_signed_in(ines, hands):
    browser = inside(ines, secret=with_totp(ines))
    for minutes in (5, 10, 14):
        hands(minutes=minutes)
        assert browser.get("/account/profile", HTTP_X_UNATTENDED="1").status_code == 200
    hands(minutes=15)
    assert not browser.reaches()


def test_staff_sessions_end_after_twelve_hours_however_busy(ines, hands):
    browser = inside(ines, secret=with_totp(ines))
    for minutes in range(0, 12 * 60, 10):
        hands(minutes=minutes)
        assert browser.reaches(), minutes
    hands(hours=12)
    assert not browser.reaches()


def test_creators_stay_for_two_weeks(maya, hands):
    browser = inside(maya)
    hands(days=13, hours=23)
    assert browser.reaches()
    hands(days=14)
    assert not browser.reaches()


def test_last_use_is_written_once_a_minute(maya, hands):
    browser = inside(maya)
    first = SessionMark.objects.get().seen_at
    hands(seconds=50)
    browser.reaches()
    assert SessionMark.objects.get().seen_at == first
    hands(seconds=70)
    browser.reaches()
    assert SessionMark.objects.get().seen_at > first


def test_a_person_sees_and_ends_their_own_sessions_only(maya, sam):
    here, there, stranger = inside(maya, address="192.0.2.1"), inside(maya, address="192.0.2.2"), inside(sam)
    page = here.get("/account/sessions")
    assert [mark.address for mark in page.context["sessions"]] == ["192.0.2.2", "192.0.2.1"]
    other = next(mark for mark in page.context["sessions"] if mark.pk != page.context["present_id"])
    sams = SessionMark.objects.get(user=sam)

    assert here.send(f"/account/sessions/{sams.pk}/end").status_code == 404
    assert stranger.reaches()
    assert here.send(f"/account/sessions/{other.pk}/end").status_code == 302
    assert not there.reaches()
    assert here.reaches()
    assert here.send(f"/account/sessions/{other.pk}/end").status_code == 404
    (told,) = Outbox.objects.filter(type="user.session_ended")
    assert told.payload["session_ids"] == [str(other.pk)]


def test_signing_out_everywhere_else(maya):
    here, *elsewhere = (inside(maya) for _ in range(4))
    assert here.send("/account/sessions/others/end").status_code == 302
    assert here.reaches()
    assert not any(browser.reaches() for browser in elsewhere)


def test_roles_given_and_taken_end_every_session(ines):
    secret = with_totp(ines)
    browser = inside(ines, secret=secret)
    grant_role(user_id=ines.pk, role="support", by=HOUSE, at=clock.now())
    assert not browser.reaches()
    browser = inside(ines)
    browser.send("/mfa", {"code": code_of(secret, 1)})
    assert browser.reaches()
    end_role(user_id=ines.pk, role="support", by=HOUSE, at=clock.now(), reason="left")
    assert not browser.reaches()


def test_a_closed_account_is_out_at_once(maya):
    browser = inside(maya)
    maya.is_active = False
    maya.save(update_fields=["is_active"])
    assert not browser.reaches()


def test_a_room_above_may_keep_somebody_out(maya):
    suspended = Forbidden("test.suspended", "Your account is suspended.")
    veto = may_veto_sign_in(lambda user: suspended if user == maya else None)
    try:
        answer = Browser().sign_in(maya.email)
        assert answer.status_code == 403
        assert "suspended" in answer.content.decode()
        assert SessionMark.objects.count() == 0
    finally:
        _vetoes.remove(veto)


def test_a_late_answer_does_not_bring_an_ended_session_back(maya):
    """A request that began before the end saves its session after it."""
    browser = inside(maya)
    late = browser.session
    assert late["_auth_user_id"] == str(maya.pk)
    sessions.end_sessions(user_id=maya.pk, by=HOUSE, at=clock.now(), reason="test")
    late["something"] = 1
    with pytest.raises(UpdateError):
        late.save()
    assert not browser.reaches()


def test_the_sweeper_ends_what_nobody_came_back_to(ines, maya, hands):
    inside(ines, secret=with_totp(ines))
    browser = inside(maya)
    assert sessions.end_aged_sessions(at=clock.now()) == 0
    hands(minutes=16)
    assert sessions.end_aged_sessions(at=clock.now()) == 1
    assert SessionMark.objects.get().user == maya
    assert browser.reaches()
    hands(days=15)
    assert sessions.end_aged_sessions(at=clock.now()) == 1
    assert Session.objects.count() == 0


def test_many_old_keys_open_nothing(maya):
    """Of sessions ended in every way there is, none works."""
    old = []
    for way in range(60):
        browser = inside(maya)
        old.append(browser.key())
        if way % 3 == 0:
            browser.send("/logout")
        elif way % 3 == 1:
            sessions.end_sessions(user_id=maya.pk, by=actor(maya), at=clock.now(), reason="test")
        else:
            inside(maya).send("/account/sessions/others/end")
    sessions.end_sessions(user_id=maya.pk, by=actor(maya), at=clock.now(), reason="test")
    assert not [key for key in old if holding(key).reaches()]
    with pytest.raises(NotFound):
        sessions.end_session(
            user_id=maya.pk, session_id=SessionMark().pk, by=actor(maya), at=clock.now(), reason="test"
        )


def test_the_casts_shortcut_is_a_session_like_any_other(client, ines):
    assert signed_in(client, ines, second_factor=False).get("/account/profile").status_code == 302
    assert signed_in(client, ines).get("/account/profile").status_code == 200
    assert not second_factor.has_second_factor(ines)


def test_who_signs_in_where_another_is_signed_in_has_a_session_of_their_own(client, maya, sam, ines):
    for user in (maya, sam, ines, sam):
        signed_in(client, user)
        assert client.get("/account/sessions").status_code == 200
        assert SessionMark.objects.filter(session_key=digest(client.session.session_key), user=user).count() == 1
