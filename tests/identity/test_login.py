"""Entering, leaving, and the ways around the door."""

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.core import mail
from django.test import Client

from foundation import clock, nearby
from foundation.audit.models import AuditRecord
from foundation.errors import Conflict, NotFound
from foundation.events.models import Outbox
from foundation.identity.login import guards
from foundation.identity.login.developers import create_developer
from foundation.identity.login.services import create_staff_user, invite_user_again
from foundation.identity.models import SessionMark, User
from foundation.switches.services import stop_switch
from tests.cast import HOUSE, PASSWORD, actor, member, portal_user, signed_in, staff
from tests.identity.entering import STRANGER, Browser, carry_mail, inside, link_in, with_totp

pytestmark = pytest.mark.django_db


@pytest.fixture
def post():
    return carry_mail()


@pytest.fixture
def maya():
    return portal_user(member("maya"))


@pytest.fixture
def ines():
    return staff("ines")


def audited(action):
    return AuditRecord.objects.filter(action=action).count()


def test_a_creator_signs_in_with_a_password_and_out_again(maya):
    browser = Browser()
    assert browser.sign_in(maya.email).headers["Location"] == "/"
    assert browser.reaches()
    assert audited("user.signed_in") == 1

    key = browser.key()
    assert browser.send("/logout").headers["Location"] == "/login"
    assert not browser.reaches()
    assert SessionMark.objects.count() == 0
    assert audited("user.session_ended") == 1
    old = Browser()
    old.cookies["fanz_session"] = key
    assert not old.reaches()


def test_a_wrong_password_an_unknown_address_and_a_closed_account_read_the_same(maya, ines):
    ines.is_active = False
    ines.save(update_fields=["is_active"])
    pages = []
    for email, password in ((maya.email, "wrong"), (STRANGER, "wrong"), (ines.email, PASSWORD)):
        answer = Browser().sign_in(email, password)
        pages.append((answer.status_code, answer.context["form"].errors.as_json()))

    assert len(set(pages)) == 1
    assert pages[0][0] == 200
    assert SessionMark.objects.count() == 0
    assert AuditRecord.objects.filter(action__startswith="user.signed").count() == 0


def test_next_leads_only_to_our_own_pages(maya):
    for wanted, got in (
        ("/account/sessions", "/account/sessions"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("http://localhost:9/", "/"),
        ("javascript:alert(1)", "/"),
        ("/\\evil.example", "/"),
    ):
        answer = Browser().send("/login", {"login": maya.email, "password": PASSWORD, "next": wanted})
        assert answer.headers["Location"] == got, wanted


def test_login_csrf_is_refused(maya):
    browser = Client(enforce_csrf_checks=True)
    body = {"login": maya.email, "password": PASSWORD}
    assert browser.post("/login", body).status_code == 403
    browser.get("/login")
    assert browser.post("/login", {**body, "csrfmiddlewaretoken": "x" * 64}).status_code == 403
    as_json = browser.post("/login", body, content_type="application/json")
    assert as_json.status_code == 403
    as_text = browser.post("/login", f"login={maya.email}&password={PASSWORD}", content_type="text/plain")
    assert as_text.status_code == 403
    assert SessionMark.objects.count() == 0


UNSAFE = (
    "/logout", "/mfa", "/account/confirm", "/account/profile", "/account/address", "/account/appearance",
    "/account/sessions/others/end", "/account/security/totp", "/account/security/totp/remove",
    "/account/security/recovery-codes", "/account/security/password", "/account/password/reset",
)  # fmt: skip


@pytest.mark.parametrize("path", UNSAFE)
def test_every_page_that_changes_something_wants_the_token(path, maya):
    browser = inside(maya)
    assert browser.post(path, {}).status_code == 403
    assert browser.post(path, {}, HTTP_ORIGIN="https://evil.example").status_code == 403
    assert browser.reaches()


def test_no_page_tells_other_sites_anything(maya):
    answer = inside(maya).get("/account/profile", HTTP_ORIGIN="https://evil.example")
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_while_the_portals_are_paused_the_door_says_so_and_what_to_do(maya):
    stop_switch(key="login.portals", reason="Drill", by=actor(staff("fred")), at=clock.now())
    nearby.forget_all()

    answer = Browser().sign_in(maya.email)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "300")
    said = answer.content.decode()
    assert "<h1>Paused</h1>" in said
    assert "where you are signed in you stay so" in said
    assert 'href="/status"' in said


def test_who_has_no_password_is_led_to_their_first(maya):
    User.objects.filter(pk=maya.pk).update(password=make_password(None))
    browser = signed_in(Browser(), User.objects.get(pk=maya.pk))

    answer = browser.get("/account/security/password", follow=True)

    assert answer.redirect_chain == [("/account/password/reset", 302)]
    assert "You have no password here yet" in answer.content.decode()


def test_there_is_no_sign_up():
    for path in ("/signup", "/signup/", "/account/signup", "/account/signup/", "/accounts/signup/"):
        assert Client().get(path).status_code == 404
        assert Client().post(path).status_code == 404


def test_the_admin_has_no_door_of_its_own(ines):
    browser = Browser()
    for path in ("/admin/login/", "/admin/"):
        answer = browser.get(path)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/login")
    answer = browser.send("/admin/login/", {"username": ines.email, "password": PASSWORD})
    assert answer.headers["Location"].startswith("/login")
    assert SessionMark.objects.count() == 0


def test_another_host_is_refused(maya):
    assert Browser().get("/login", HTTP_HOST="evil.example").status_code == 400


def choose(browser, link, password):
    page = browser.get(link, follow=True)
    if "form" not in page.context or not hasattr(page.context["form"], "save"):
        return page
    return browser.send(page.request["PATH_INFO"], {"password1": password, "password2": password})


def test_a_mailed_link_resets_the_password_once_and_ends_every_session(maya, post):
    elsewhere = inside(maya)
    Browser().send("/account/password/reset", {"email": maya.email})
    post()
    link = link_in(mail.outbox[0])
    done = choose(Browser(), link, "another-battery-staple")
    post()
    assert done.headers["Location"] == "/account/password/reset/done"
    assert not elsewhere.reaches()
    assert Browser().sign_in(maya.email).status_code == 200
    assert Browser().sign_in(maya.email, "another-battery-staple").status_code == 302
    assert audited("user.password_changed") == 1
    assert "reset" in mail.outbox[-1].subject
    assert choose(Browser(), link, "third-battery-staple").context["token_fail"]


def test_asking_for_a_reset_says_the_same_to_everybody(maya, post):
    known = Browser().send("/account/password/reset", {"email": maya.email})
    unknown = Browser().send("/account/password/reset", {"email": STRANGER})
    post()
    assert (known.status_code, known.headers["Location"]) == (unknown.status_code, unknown.headers["Location"])
    assert [m.to for m in mail.outbox] == [[maya.email]]


def test_nobody_is_flooded_with_links(maya, post):
    answers = [Browser().send("/account/password/reset", {"email": maya.email}) for _ in range(6)]
    post()
    assert {answer.headers["Location"] for answer in answers} == {"/account/password/reset/sent"}
    assert len(mail.outbox) == guards.RESET.tries


def test_a_link_grows_too_old(maya, post):
    Browser().send("/account/password/reset", {"email": maya.email})
    post()
    clock.move_clock(ahead=timedelta(hours=1))
    try:
        assert choose(Browser(), link_in(mail.outbox[0]), "another-battery-staple").context["token_fail"]
    finally:
        clock.forget()


def test_a_new_colleague_chooses_a_password_by_a_link_that_opens_once(post):
    user = create_staff_user(email="New@Fanzmoney.example ", name="New", by=HOUSE, at=clock.now())
    post()
    link = link_in(mail.outbox[0])
    assert not user.has_usable_password()
    assert choose(Browser(), link, "another-battery-staple").status_code == 302
    assert Browser().sign_in("new@fanzmoney.example", "another-battery-staple").status_code == 302
    assert choose(Browser(), link, "third-battery-staple").context["token_fail"]
    with pytest.raises(Conflict):
        invite_user_again(user_id=user.pk, by=HOUSE, at=clock.now())
    with pytest.raises(Conflict):
        create_staff_user(email="new@fanzmoney.example", name="Twin", by=HOUSE, at=clock.now())


def test_a_developer_belongs_to_one_platform_and_is_no_staff(post):
    user = create_developer(platform="boyfanz", email="dev@boyfanz.example", name="Dev", by=HOUSE, at=clock.now())
    post()
    assert (user.platform.slug, user.role_names, user.is_staff) == ("boyfanz", {"developer"}, False)
    assert choose(Browser(), link_in(mail.outbox[0]), "another-battery-staple").status_code == 302
    with pytest.raises(NotFound):
        create_developer(platform="nowhere", email="d@boyfanz.example", name="D", by=HOUSE, at=clock.now())


def test_an_address_changes_only_when_the_new_one_answers(maya, post):
    browser = inside(maya)
    old = maya.email
    browser.send("/account/address", {"email": "maya@new.example"})
    post()
    assert mail.outbox[-1].to == ["maya@new.example"]
    link = link_in(mail.outbox[-1])
    assert "maya" not in link
    assert browser.get(link).status_code == 200
    assert User.objects.get(pk=maya.pk).email == old
    Browser().send(link)
    post()
    assert User.objects.get(pk=maya.pk).email == "maya@new.example"
    assert mail.outbox[-1].to == [old]
    assert not browser.reaches()
    assert Browser().send(link).status_code == 404
    assert Browser().get("/account/address/forged").status_code == 200
    assert Browser().send("/account/address/forged").status_code == 404


def test_news_and_records_name_people_by_id_alone(maya):
    inside(maya, secret=with_totp(maya)).send("/logout")
    told = [str(row.payload) for row in Outbox.objects.all()] + [str(row.facts) for row in AuditRecord.objects.all()]
    assert told
    assert not [text for text in told if maya.email in text or "192.0.2.10" in text]
