"""The second factor: staff get nowhere without, codes open once, and there is no way around."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.db import connection

from foundation import clock
from foundation.audit.models import AuditRecord
from foundation.errors import Conflict, TooMany
from foundation.identity.login import second_factor
from foundation.identity.login.services import reset_second_factor
from foundation.identity.models import SessionMark
from foundation.identity.services import grant_role
from tests.cast import HOUSE, PASSWORD, actor, member, portal_user, staff
from tests.identity.entering import Browser, carry_mail, code_of, inside, link_in, secret_of, with_totp

pytestmark = pytest.mark.django_db
STAFF_PAGES = ("/account/profile", "/account/sessions", "/account/security", "/account/appearance", "/admin/")


@pytest.fixture
def ines():
    return staff("ines")


@pytest.fixture
def secret(ines):
    return with_totp(ines)


@pytest.fixture
def post():
    return carry_mail()


@pytest.fixture
def maya():
    return portal_user(member("maya"))


@pytest.fixture
def hands():
    """Moves the clock, and puts it back."""

    def ahead(**much):
        clock.move_clock(ahead=timedelta(**much))

    yield ahead
    clock.forget()


def test_new_staff_is_sent_to_set_up_a_second_factor_first(ines):
    browser = inside(ines)
    for path in STAFF_PAGES:
        assert browser.get(path).headers["Location"].startswith("/account/security/totp?next="), path
    assert browser.send("/account/sessions/others/end").headers["Location"].startswith("/account/security/totp")

    page = browser.get("/account/security/totp?next=/admin/")
    answer = browser.send("/account/security/totp", {"code": code_of(page.context["secret"]), "next": "/admin/"})

    assert len(answer.context["codes"]) == 10
    assert answer.context["next"] == "/admin/"
    assert all(browser.reaches(path) for path in STAFF_PAGES)
    assert page.context["secret"] == secret_of(ines)
    assert page.context["secret"] not in str(Authenticator.objects.get(user=ines, type="totp").data)


def test_a_password_alone_opens_nothing_to_staff(ines, secret):
    browser = inside(ines)
    assert browser.get("/mfa").status_code == 200
    for path in (*STAFF_PAGES, "/account/security/totp", "/account/confirm", "/account/security/password"):
        assert browser.get(path).headers["Location"].startswith("/login"), path
    assert SessionMark.objects.count() == 0

    assert browser.send("/mfa", {"code": code_of(secret)}).headers["Location"] == "/"
    assert all(browser.reaches(path) for path in STAFF_PAGES)
    assert SessionMark.objects.get().second_factor_at is not None


def test_a_password_only_session_cannot_replace_the_app(ines):
    """Signed in before the app was set up elsewhere, or given a role meanwhile."""
    browser = inside(ines)
    secret = with_totp(ines)
    assert browser.get("/account/security/totp").headers["Location"].startswith("/account/confirm")
    assert browser.get("/admin/").headers["Location"].startswith("/account/confirm")
    assert browser.send("/account/confirm", {"password": PASSWORD, "code": "00000x"}).status_code == 200
    assert browser.get("/admin/").status_code == 302
    answer = browser.send("/account/confirm", {"code": code_of(secret), "next": "/admin/"})
    assert answer.headers["Location"] == "/admin/"
    assert browser.reaches("/admin/")


def test_setting_up_an_app_ends_the_other_sessions_and_gives_this_one_a_new_key(maya):
    other, browser = inside(maya), inside(maya)
    old_key = browser.key()
    page = browser.get("/account/security/totp")
    browser.send("/account/security/totp", {"code": code_of(page.context["secret"])})
    assert browser.reaches()
    assert browser.key() != old_key
    assert not other.reaches()
    browser.cookies["fanz_session"] = old_key
    assert not browser.reaches()


def test_a_code_opens_once(ines, secret):
    code = code_of(secret)
    first, second = inside(ines), inside(ines)
    assert first.send("/mfa", {"code": code}).status_code == 302
    answer = second.send("/mfa", {"code": code})
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert first.send("/account/confirm", {"code": code}).status_code == 200


def test_a_code_may_be_one_step_early_or_late_and_never_older_than_the_last(ines, secret):
    def spent(steps):
        return second_factor.spend_code(ines, code_of(secret, steps), by=HOUSE) is not None

    assert not spent(-2)
    assert not spent(2)
    assert spent(-1)
    assert spent(1)
    assert not spent(0)


@pytest.mark.django_db(transaction=True)
def test_one_code_given_fifty_times_at_once_opens_once():
    ines = staff("ines")
    secret = with_totp(ines)
    codes = second_factor.make_recovery_codes(ines, by=HOUSE)

    def spend(code):
        try:
            return second_factor.spend_code(ines, code, by=HOUSE) is not None
        finally:
            connection.close()

    for code in (code_of(secret), codes[0]):
        with ThreadPoolExecutor(8) as hands:
            assert sum(hands.map(spend, [code] * 50)) == 1


def test_five_wrong_codes_close_the_second_step_but_no_session(ines, secret, hands):
    alive = inside(ines, secret=secret)
    attacker = Browser("198.51.100.7")
    attacker.sign_in(ines.email)
    answers = [attacker.send("/mfa", {"code": "00000x"}).status_code for _ in range(7)]
    assert answers == [200] * 5 + [429] * 2
    assert attacker.send("/mfa", {"code": code_of(secret, 1)}).status_code == 429
    assert AuditRecord.objects.filter(action="user.locked", subject_id=str(ines.pk)).count() == 1

    assert alive.reaches("/admin/")
    assert alive.send("/account/confirm", {"code": code_of(secret, 1)}).status_code == 302

    hands(minutes=30)
    assert inside(ines, secret=secret).reaches("/admin/")


def test_five_wrong_proofs_close_only_that_session(ines, secret):
    thief, owner = inside(ines, secret=secret), Browser()
    owner.sign_in(ines.email)
    owner.send("/mfa", {"code": code_of(secret, 1)})
    assert [thief.send("/account/confirm", {"code": "00000x"}).status_code for _ in range(6)] == [200] * 5 + [429]
    assert owner.send("/account/confirm", {"code": "00000x"}).status_code == 200
    assert owner.reaches("/admin/")


def test_a_recovery_code_opens_once_and_its_owner_is_told(ines, secret, post):
    codes = second_factor.make_recovery_codes(ines, by=HOUSE)
    browser = inside(ines)
    assert browser.send("/mfa", {"code": f" {codes[0][:5]} {codes[0][5:]} "}).status_code == 302
    post()
    assert browser.reaches("/admin/")
    assert "recovery code" in mail.outbox[-1].subject
    assert AuditRecord.objects.filter(action="user.second_factor_changed").latest("id").facts == {
        "change": "recovery_code_used"
    }
    assert inside(ines).send("/mfa", {"code": codes[0]}).status_code == 200
    assert second_factor.recovery_codes_left(ines) == 9

    fresh = second_factor.make_recovery_codes(ines, by=HOUSE)
    assert inside(ines).send("/mfa", {"code": codes[1]}).status_code == 200
    assert inside(ines).send("/mfa", {"code": fresh[1]}).status_code == 302


def test_a_password_reset_does_not_pass_the_second_step(ines, secret, post):
    Browser().send("/account/password/reset", {"email": ines.email})
    post()
    browser = Browser()
    page = browser.get(link_in(mail.outbox[0]), follow=True)
    chosen = {"password1": "another-battery-staple", "password2": "another-battery-staple"}
    browser.send(page.request["PATH_INFO"], chosen)
    assert not browser.reaches("/admin/")
    browser.sign_in(ines.email, "another-battery-staple")
    assert not browser.reaches("/admin/")
    assert browser.get("/mfa").status_code == 200


def test_no_browser_is_remembered(ines, secret):
    browser = inside(ines, secret=secret)
    browser.send("/logout")
    assert browser.sign_in(ines.email, remember="on").headers["Location"] == "/mfa"
    assert "remember" not in Browser().get("/login").content.decode()
    assert set(browser.cookies) == {"fanz_csrf", "fanz_session"}


def test_a_session_cookie_is_no_key_to_the_api(ines):
    """A staff session without its second factor gets nothing there either."""
    browser = inside(ines)
    for path in ("/api/v1/me", "/api/v1/creators", "/api/v1/"):
        assert browser.get(path).status_code in (401, 403, 404), path


def test_staff_cannot_go_without_creators_may(ines, secret, maya):
    assert inside(ines, secret=secret).send("/account/security/totp/remove").status_code == 409
    assert second_factor.has_second_factor(ines)
    mayas = with_totp(maya)
    assert inside(maya, secret=mayas).send("/account/security/totp/remove").status_code == 302
    assert not second_factor.has_second_factor(maya)


def test_a_role_given_to_somebody_inside_ends_what_they_had_open(maya):
    browser = inside(maya)
    grant_role(user_id=maya.pk, role="support", by=HOUSE, at=clock.now())
    assert not browser.reaches()


def test_a_lost_phone_is_reset_by_somebody_else(ines, secret, post):
    browser = inside(ines, secret=secret)
    with pytest.raises(Conflict):
        reset_second_factor(user_id=ines.pk, by=actor(ines), at=clock.now())
    reset_second_factor(user_id=ines.pk, by=actor(staff("adam")), at=clock.now())
    post()
    assert not browser.reaches("/admin/")
    assert "reset" in mail.outbox[-1].subject
    assert inside(ines).get("/admin/").headers["Location"].startswith("/account/security/totp")


def test_dangerous_posts_want_a_fresh_proof_and_return_to_their_page(ines, secret, hands):
    browser = inside(ines, secret=secret)
    assert browser.send("/account/security/recovery-codes").status_code == 200
    hands(minutes=5)
    assert browser.reaches("/account/security")
    answer = browser.send("/account/security/recovery-codes", HTTP_REFERER="http://testserver/account/security")
    assert answer.headers["Location"] == "/account/confirm?next=%2Faccount%2Fsecurity&unsent=1"
    foreign = browser.send("/account/security/recovery-codes", HTTP_REFERER="http://evil.example/account")
    assert foreign.headers["Location"] == "/account/confirm?next=%2F&unsent=1"
    by_htmx = browser.send("/account/security/recovery-codes", HTTP_HX_REQUEST="true")
    assert by_htmx.headers["HX-Redirect"].startswith("/account/confirm")

    assert (
        browser.send("/account/confirm", {"code": code_of(secret), "next": "https://evil.example/"}).headers["Location"]
        == "/"
    )
    assert browser.send("/account/security/recovery-codes").status_code == 200
    assert AuditRecord.objects.filter(action="user.stepped_up").count() == 1


def test_who_has_no_second_factor_proves_themselves_by_password(maya, hands):
    browser = inside(maya)
    hands(minutes=6)
    assert (
        browser.send("/account/address", {"email": "x@new.example"}).headers["Location"].startswith("/account/confirm")
    )
    assert browser.send("/account/confirm", {"password": "wrong"}).status_code == 200
    assert browser.send("/account/confirm", {"password": PASSWORD}).status_code == 302
    assert browser.send("/account/address", {"email": "x@new.example"}).headers["Location"] == "/account/profile"


def test_the_command_line_takes_codes_under_the_same_limit(ines, secret):
    for _ in range(5):
        assert second_factor.prove_by_code(ines, "00000x", by=HOUSE) is None
    with pytest.raises(TooMany):
        second_factor.prove_by_code(ines, code_of(secret), by=HOUSE)


def test_a_fan_may_turn_back_from_setting_it_up():
    page = inside(portal_user(member("sam", "fan"))).get("/account/security/totp").content.decode()
    assert 'href="/account/security">Cancel' in page
    assert "Sign out instead" not in page


def test_staff_who_have_none_may_only_sign_out_instead(ines):
    page = inside(ines).get("/account/security/totp").content.decode()
    assert "Sign out instead" in page
    assert ">Cancel<" not in page
