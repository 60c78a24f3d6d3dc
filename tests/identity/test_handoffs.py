"""A platform's word: it opens its own member's pages for a minute's click, once, and nothing that does harm."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client

from foundation import clock
from foundation.audit.models import AuditRecord
from foundation.http import access, rates
from foundation.identity.login import handoffs
from foundation.identity.models import Handoff, HandoffUse, Membership, SessionMark
from foundation.identity.services import end_role, grant_role, invite_member, revoke_client
from foundation.identity.sessions import end_aged_sessions
from foundation.identity.standing import people_in
from tests.cast import HOUSE, PASSWORD, bearer, developer, member, platform, portal_user, staff
from tests.identity.entering import Browser, carry_mail, code_of, inside, with_totp
from tests.identity.softkey import with_passkey

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def full_allowance():
    rates._client().flushdb()


@pytest.fixture
def maya():
    return portal_user(member("maya"))


@pytest.fixture
def hands():
    yield lambda **much: clock.move_clock(ahead=timedelta(**much))
    clock.forget()


def ask(external_id="maya", slug="boyfanz", scopes=("handoffs:write",), **more):
    body = {"role": "creator", "external_id": external_id, **more}
    return Client(headers=bearer(slug, *scopes)).post("/api/v1/handoffs", body, content_type="application/json")


def link(*told, **more):
    answer = ask(*told, **more)
    assert answer.status_code == 201, answer.content
    return answer.json()["url"].removeprefix("http://localhost:8000")


def handed_in(path=None, browser=None):
    browser = browser or Browser()
    path = path or link()
    assert browser.get(path).status_code == 200
    browser.answer = browser.send(path)
    return browser


def lands(browser):
    return browser.answer.headers.get("Location")


def words_of(answer):
    """A page without what is new on each."""
    page = answer.content.decode()
    page = page.replace(answer.headers["X-Request-Id"], "")
    return answer.status_code, page[page.index("<main") : page.index("</main")]


def test_a_signed_in_creator_comes_over_with_one_click_and_is_on_record(maya):
    path = link(page="payouts")
    browser = Browser()
    for _ in range(3):  # scanners and prefetchers open it, and nothing happens
        page = browser.get(path)
        assert browser.head(path).status_code == 200
    assert "BoyFanz" in page.content.decode()
    assert "maya" in page.content.decode()
    assert not SessionMark.objects.exists()
    assert Client(enforce_csrf_checks=True).post(path).status_code == 403

    before = browser.cookies.get("fanz_session")
    handed_in(path, browser)
    assert lands(browser) == "/starz/payouts"
    assert before is None or browser.key() != before.value
    for page in ("/starz/payouts", "/starz/", "/starz/calendar", "/starz/standing", "/starz/statements"):
        assert browser.reaches(page), page
    assert browser.get("/").headers["Location"] == "/starz/"
    mark = SessionMark.objects.get()
    assert (mark.second_factor_at, mark.stepped_up_at, mark.handed_in_as.external_id) == (None, None, "maya")
    made, entered = (AuditRecord.objects.get(action=f"member.{what}") for what in ("handoff_made", "handed_in"))
    assert made.actor == f"client:{entered.facts['client']}"
    assert made.platform_id == entered.platform_id == platform().pk
    assert entered.facts["user"] == str(maya.pk)
    signed_in = AuditRecord.objects.get(action="user.signed_in")
    assert signed_in.facts["handed_in_by"] == str(platform().pk)


def test_a_fan_comes_to_their_wallet():
    sam = portal_user(member("sam", "fan"))
    browser = handed_in(link("sam", role="fan"))
    assert lands(browser) == "/wallet/"
    assert browser.reaches("/wallet/")
    assert SessionMark.objects.get().user == sam
    assert ask("sam", role="fan", page="payouts").status_code == 422


def test_whatever_does_harm_or_shows_more_wants_the_persons_own_proof(maya, hands):
    secret = with_totp(maya)
    browser = handed_in()
    row = access.rows()
    open_on_word = {name for name, who in row.items() if any(one.opens_on_a_platforms_word for one in who.values())}
    assert open_on_word == {
        "start:page", "starz:home", "starz:payouts", "starz:payout", "starz:calendar", "starz:standing",
        "starz:statements", "wallet:home",
    }  # fmt: skip
    assert not any(who["POST"].opens_on_a_platforms_word for who in row.values() if "POST" in who)

    posts = (
        "/starz/payouts", "/starz/calendar", "/starz/settings/methods/add", "/account/profile", "/account/address",
        "/account/security/password", "/account/keys/add", "/account/security/totp", "/account/security/totp/remove",
        "/account/security/recovery-codes", "/account/sessions/others/end", "/account/notifications/ways",
    )  # fmt: skip
    for path in posts:
        assert browser.send(path, {"amount": "1"}).headers["Location"].startswith("/account/confirm?next="), path
    for path in ("/starz/tax", "/starz/settings/methods", "/starz/payouts/export.csv", "/starz/statements/file",
                 "/account/profile", "/account/sessions", "/account/keys/add", "/account/security/totp"):  # fmt: skip
        assert browser.get(path).headers["Location"].startswith("/account/confirm?next="), path
    forgery = {"X-CSRFToken": browser.cookies["fanz_csrf"].value}
    token = browser.post("/api/v1/realtime/token", {}, content_type="application/json", headers=forgery)
    assert (token.status_code, token.json()["code"]) == (403, "auth.step_up_required")
    assert people_in(SessionMark.objects.values_list("pk", flat=True), at=clock.now()) == {}

    assert browser.send("/account/confirm", {"password": PASSWORD}).status_code == 200
    assert not browser.reaches("/starz/tax")
    assert browser.send("/account/confirm", {"code": code_of(secret), "next": "/starz/tax"}).status_code == 302
    assert browser.reaches("/starz/tax")
    assert "sent in by BoyFanz" in browser.get("/account/sessions").content.decode()
    hands(minutes=6)
    assert not browser.reaches("/starz/tax")
    assert browser.reaches("/starz/payouts")


def test_who_has_no_factor_proves_by_password_and_a_key_proves_too(maya):
    browser = handed_in()
    assert not browser.reaches("/starz/tax")
    assert browser.send("/account/confirm", {"password": PASSWORD}).status_code == 302
    assert browser.reaches("/starz/tax")
    key, _ = with_passkey(browser)

    again = handed_in()
    assert again.send("/account/confirm", {"password": PASSWORD}).status_code == 200
    asked = again.get("/account/confirm").context["passkey_options"]
    assert again.send("/account/confirm", {"answer": key.signed(asked)}).status_code == 302
    assert again.reaches("/starz/tax")


def test_one_platforms_word_shows_nothing_that_another_knows(maya):
    browser = handed_in()
    assert browser.reaches("/starz/")
    there = member("maya-there", slug="girlfanz")
    Membership.objects.filter(pk=there.pk).update(party=maya.party)
    for path in ("/starz/", "/starz/payouts", "/"):
        assert browser.get(path).headers["Location"].startswith("/account/confirm?next="), path
    assert browser.send("/account/confirm", {"password": PASSWORD}).status_code == 302
    assert browser.reaches("/starz/")


def test_a_word_joins_no_other_membership_to_the_person(maya):
    other = member("maya-two", slug="girlfanz")
    invite_member(membership_id=other.pk, by=HOUSE, at=clock.now())
    from foundation.identity.services.invitations import link_token

    browser = handed_in()
    path = f"/invite/{link_token(other.invitations.get().pk)}"
    assert browser.send(path).headers["Location"].startswith("/account/confirm")
    other.refresh_from_db()
    assert other.party_id != maya.party_id


def test_every_link_that_does_not_open_gets_the_same_page(maya, hands):
    used = link()
    handed_in(used)
    sent = {"unknown": "/handoff/" + "A" * 43, "used": used, "short": "/handoff/A"}
    sent["gone member"] = link(portal_user(member("gone")) and "gone")
    Membership.objects.filter(external_id="gone").update(is_active=False)
    sent["closed login"] = link(portal_user(member("closed")) and "closed")
    closed = Membership.objects.get(external_id="closed").party.user
    closed.is_active = False
    closed.save(update_fields=["is_active"])
    later = portal_user(member("later"))
    sent["staff since"] = link("later")
    grant_role(user_id=later.pk, role="support", by=HOUSE, at=clock.now())
    lost = portal_user(member("lost"))
    sent["role lost"] = link("lost")
    end_role(user_id=lost.pk, role="creator", by=HOUSE, at=clock.now(), reason="left")
    old = link()
    pages = {}
    for why, path in sent.items():
        pages[why] = words_of(Browser().get(path))
        assert words_of(Browser().send(path)) == pages[why], why
    hands(seconds=61)
    pages["expired"] = words_of(Browser().get(old))
    assert words_of(Browser().send(old)) == pages["expired"]
    assert {status for status, _ in pages.values()} == {404}
    assert len(set(pages.values())) == 1
    assert "open it there again" in pages["used"][1]
    assert SessionMark.objects.count() == 1


def test_a_platform_may_speak_only_for_its_own_who_have_a_login_and_never_for_staff(maya):
    assert ask(slug="girlfanz").status_code == 404
    assert ask("nobody").status_code == 404
    assert ask(scopes=("creators:write",)).status_code == 403
    assert ask(page="https://evil.example/").status_code == 400
    assert ask(page="//evil.example").status_code == 400
    assert ask(next="https://evil.example/").status_code == 400
    member("outside")
    works_here = portal_user(member("works-here"))
    grant_role(user_id=works_here.pk, role="support", by=HOUSE, at=clock.now())
    refused = [ask("outside"), ask("works-here")]
    assert [answer.status_code for answer in refused] == [409, 409]
    assert {answer.json()["code"] for answer in refused} == {"identity.not_inside"}
    assert not Handoff.objects.exists()
    token = link().rpartition("/")[2]
    assert token not in str(list(Handoff.objects.values_list("token_hash", "page")))
    with connection.cursor() as cursor:
        cursor.execute("SELECT fanz_may_enter(%s)", [Membership.objects.get(external_id="maya").pk])
        assert cursor.fetchone() == (False,), "outside a platform's own transaction it says nothing"


def test_other_roles_of_the_person_stay_outside(maya):
    developer("portal-maya")
    secret = with_totp(maya)
    assert inside(maya, secret=secret).reaches("/developers/")
    browser = handed_in()
    assert browser.reaches("/starz/")
    assert browser.get("/developers/").status_code == 403
    assert browser.send("/account/confirm", {"code": code_of(secret, 1)}).status_code == 302
    assert browser.get("/developers/").status_code == 403


def test_it_begins_a_new_session_and_takes_none_over(maya):
    own = inside(maya)
    key = own.key()
    handed_in(browser=own)
    assert own.key() == key
    assert own.reaches("/starz/tax"), "a session of one's own is worth more, and stays"

    fixed = handed_in()
    first = fixed.key()
    handed_in(browser=fixed)
    assert fixed.key() != first
    fixed.cookies["fanz_session"] = first
    assert not fixed.reaches("/starz/")

    other = inside(staff("eva"))
    page = other.get(path := link()).content.decode()
    assert "eva@fanzmoney.example" in page
    was = other.key()
    handed_in(path, other)
    assert other.reaches("/starz/")
    other.cookies["fanz_session"] = was
    assert not other.reaches("/starz/")
    assert not SessionMark.objects.filter(user=staff("eva")).exists()


def test_it_ends_by_age_by_role_and_with_the_membership_and_may_be_ended(maya, hands):
    def lives(browser):
        return browser.get("/starz/").status_code == 200

    browser = handed_in()
    end_role(user_id=maya.pk, role="creator", by=HOUSE, at=clock.now(), reason="left")
    assert not lives(browser)
    grant_role(user_id=maya.pk, role="creator", by=HOUSE, at=clock.now())

    browser, mine = handed_in(), inside(maya)
    seen = mine.get("/account/sessions").content.decode()
    assert "sent in by BoyFanz, to look only" in seen
    Membership.objects.update(is_active=False)
    assert not lives(browser)
    Membership.objects.update(is_active=True)

    browser = handed_in()
    mark = SessionMark.objects.get(handed_in_as__isnull=False)
    assert mine.send(f"/account/sessions/{mark.pk}/end").status_code == 302
    assert not lives(browser)

    browser = handed_in()
    hands(hours=3, minutes=59)
    assert lives(browser)
    hands(hours=4)
    assert end_aged_sessions(at=clock.now()) == 1
    assert not lives(browser)
    assert mine.reaches()


def test_a_revoked_program_makes_no_more_links(maya):
    path = link()
    client = Handoff.objects.get().client
    revoke_client(client_id=client.pk, by=HOUSE, at=clock.now())
    assert Browser().get(path).status_code == 404


def test_many_links_and_many_guesses_are_stopped(maya):
    assert [ask().status_code for _ in range(11)] == [201] * 10 + [429]
    guesser = Browser("198.51.100.9")
    guesses = [guesser.get(f"/handoff/{n}").status_code for n in range(32)]
    assert guesses == [404] * 30 + [429] * 2
    assert Browser().sign_in(maya.email).status_code == 302


def test_a_new_link_gives_no_new_guesses_and_the_person_hears_of_them(maya):
    mine, post = inside(maya), carry_mail()
    secret = with_totp(maya)
    first, again = handed_in(), handed_in()
    assert SessionMark.objects.count() == 3
    guesses = [first.send("/account/confirm", {"code": f"00000{n}x"}).status_code for n in range(3)]
    guesses += [again.send("/account/confirm", {"code": f"00000{n}x"}).status_code for n in range(3)]
    assert guesses == [200] * 5 + [429]
    assert handed_in().send("/account/confirm", {"code": code_of(secret)}).status_code == 429
    post()
    (sent,) = mail.outbox
    assert (sent.to, "sent somebody in as you" in sent.subject) == ([maya.email], True)
    assert mine.send("/account/confirm", {"code": code_of(secret)}).status_code == 302, "their own session is open"


def test_guesses_of_a_password_are_counted_together_too(maya):
    first, again = handed_in(), handed_in()
    guesses = [first.send("/account/confirm", {"password": "wrong"}).status_code for _ in range(4)]
    guesses += [again.send("/account/confirm", {"password": "wrong"}).status_code for _ in range(2)]
    assert guesses == [200] * 5 + [429]
    assert AuditRecord.objects.get(action="user.locked").facts["what"] == "handed_in"
    assert inside(maya).send("/account/confirm", {"password": PASSWORD}).status_code == 302


def test_it_shows_the_member_and_not_the_login(maya):
    developer("portal-maya")
    maya.name = "Maria Real"
    maya.save(update_fields=["name"])
    browser = handed_in()
    secrets = (maya.email, "Maria", "eveloper")
    pages = [browser.get(path).content.decode() for path in ("/starz/", "/account/confirm", "/starz/tax")]
    portal_user(member("sam", "fan"))
    pages.append(browser.get(link("sam", role="fan")).content.decode())
    assert "You are signed in here as maya." in pages[-1]
    assert [word for page in pages for word in secrets if word in page] == []
    assert "maya" in pages[0]
    assert browser.send("/account/confirm", {"password": PASSWORD}).status_code == 302
    assert maya.email in browser.get("/starz/").content.decode()


def test_old_links_are_forgotten(maya, hands):
    handed_in()
    hands(days=1, minutes=2)
    assert handoffs.forget_old_handoffs() == 2
    assert not HandoffUse.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_get_one_session():
    portal_user(member("maya"))
    path = link()
    browsers = [Browser(f"192.0.2.{n}") for n in range(50)]

    def enter(browser):
        try:
            return browser.send(path).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as many:
        answers = list(many.map(enter, browsers))
    assert sorted(answers) == [302] + [404] * 49
    assert SessionMark.objects.count() == HandoffUse.objects.count() == 1
    assert AuditRecord.objects.filter(action="member.handed_in").count() == 1
