"""Guessing passwords: five tries, then half an hour, for everybody alike and however many try at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import redis
from django.db import connection
from django.test import Client

from foundation import clock
from foundation.audit.models import AuditRecord
from foundation.errors import TooMany
from foundation.events.models import Outbox
from foundation.http.rates import LocalCounters
from foundation.identity.login import guards, second_factor
from foundation.identity.login.locks import FAILURES
from foundation.identity.login.services import ask_for_new_address, note_new_password
from foundation.identity.models import LoginGuard, SessionMark, User
from tests.cast import HOUSE, actor, member, portal_user, staff
from tests.identity.entering import STRANGER, Browser, code_of, inside, with_totp
from tests.trust.stories import agreed, judged_here
from trust.types import Verdict

pytestmark = pytest.mark.django_db
ATTACKERS = [f"198.51.{n // 250}.{n % 250 + 1}" for n in range(1000)]


@pytest.fixture
def maya():
    return portal_user(member("maya"))


@pytest.fixture
def hands():
    def ahead(**much):
        clock.move_clock(ahead=timedelta(**much))

    yield ahead
    clock.forget()


def guess(email, address=ATTACKERS[0]):
    answer = Browser(address).sign_in(email, "wrong")
    return answer.status_code, answer.context["form"].errors.as_json() if answer.context else ""


def test_five_wrong_passwords_close_the_account_for_half_an_hour(maya, hands):
    assert [guess(maya.email)[0] for _ in range(6)] == [200] * 5 + [429]
    answer = Browser().sign_in(maya.email)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 1800
    hands(minutes=29, seconds=50)
    assert Browser().sign_in(maya.email).status_code == 429
    hands(minutes=30, seconds=1)
    assert Browser().sign_in(maya.email).status_code == 302


def test_known_and_unknown_accounts_are_closed_alike(maya):
    known = [guess(maya.email, address=ATTACKERS[1]) for _ in range(7)]
    unknown = [guess(STRANGER, address=ATTACKERS[2]) for _ in range(7)]
    assert known == unknown
    assert AuditRecord.objects.filter(action="user.locked").count() == 1
    (told,) = Outbox.objects.filter(type="user.locked")
    assert told.payload["user_id"] == str(maya.pk)
    assert STRANGER.encode() not in b"".join(bytes(row.key) for row in LoginGuard.objects.all())


def test_four_mistakes_and_success_start_the_count_again(maya):
    for _ in range(3):
        for _ in range(4):
            guess(maya.email)
        assert Browser().sign_in(maya.email).status_code == 302


def test_slow_guessing_is_never_more_than_four_tries_in_half_an_hour(maya, hands):
    """The count runs from the last try: waiting just under the time does not begin it anew."""
    for minutes in (0, 29, 58, 87, 116):
        hands(minutes=minutes)
        assert guess(maya.email)[0] == 200
    assert guess(maya.email)[0] == 429


def test_writing_an_address_otherwise_is_the_same_account(maya):
    for spelling in (maya.email.upper(), f" {maya.email} ", maya.email.title(), maya.email, maya.email.upper()):
        guess(spelling)
    assert guess(maya.email)[0] == 429


def test_a_lock_touches_no_live_session_and_no_other_person(maya):
    ines = staff("ines")
    secret = with_totp(ines)
    alive = inside(ines, secret=secret)
    for _ in range(8):
        guess(ines.email)
    assert alive.reaches("/admin/")
    assert alive.send("/account/confirm", {"code": code_of(secret, 1)}).status_code == 302
    assert Browser().sign_in(maya.email).status_code == 302


def test_a_reset_by_mail_lifts_the_lock(maya):
    for _ in range(5):
        guess(maya.email)
    note_new_password(maya, how="reset", by=HOUSE, at=clock.now())
    assert Browser().sign_in(maya.email).status_code == 302


def test_one_address_trying_many_accounts_is_stopped(maya):
    tried = [guess(f"person{n}@fanzmoney.example")[0] for n in range(guards.ADDRESS.tries + 5)]
    assert tried == [200] * guards.ADDRESS.tries + [429] * 5
    assert Browser(ATTACKERS[0]).sign_in(maya.email).status_code == 429
    assert Browser(ATTACKERS[1]).sign_in(maya.email).status_code == 302


def test_an_address_that_is_stopped_cannot_close_accounts(maya):
    for n in range(guards.ADDRESS.tries):
        guess(f"person{n}@fanzmoney.example")
    for _ in range(9):
        guess(maya.email)
    assert Browser().sign_in(maya.email).status_code == 302


def test_forwarded_for_changes_nothing(maya):
    answers = [
        Browser(HTTP_X_FORWARDED_FOR=address).sign_in(f"p{n}@fanzmoney.example", "wrong").status_code
        for n, address in enumerate(ATTACKERS[: guards.ADDRESS.tries + 3])
    ]
    assert answers[-3:] == [429] * 3
    assert set(answers[:-3]) == {200}


def test_behind_a_proxy_the_address_is_what_our_own_proxy_saw(maya, settings):
    settings.TRUSTED_PROXIES = 1
    spoofed = Browser("10.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.9, 192.0.2.77")
    spoofed.sign_in(maya.email)
    assert SessionMark.objects.get().address == "192.0.2.77"
    settings.TRUSTED_PROXIES = 3
    Browser("10.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.9").sign_in(maya.email)
    assert SessionMark.objects.latest("began_at").address == "10.0.0.1"


def test_an_ipv6_network_is_one_address():
    assert guards.network_of("2001:db8:1:2:3::4") == guards.network_of("2001:db8:1:2:ffff::9") == "2001:db8:1:2::/64"
    assert guards.network_of("2001:db8:1:3::4") != guards.network_of("2001:db8:1:2::4")
    assert guards.network_of("::ffff:192.0.2.1") == "192.0.2.1"


def test_there_is_a_limit_for_the_whole_house(maya, monkeypatch, hands):
    monkeypatch.setattr(guards, "EVERYBODY", guards.Limit("everybody", 4, timedelta(minutes=1)))
    for n in range(4):
        assert guess(f"person{n}@fanzmoney.example", address=ATTACKERS[n])[0] == 200
    assert Browser().sign_in(maya.email).status_code == 429
    hands(seconds=61)
    assert Browser().sign_in(maya.email).status_code == 302


def test_right_passwords_use_up_nothing(maya):
    for _ in range(guards.ADDRESS.tries + 3):
        assert Browser().sign_in(maya.email).status_code == 302


def test_failures_of_strangers_are_counted_and_leave_no_rows(maya):
    before = FAILURES.labels("password")._value.get()
    rows = AuditRecord.objects.count()
    for _ in range(4):
        guess(maya.email)
        guess(STRANGER, address=ATTACKERS[3])
    assert FAILURES.labels("password")._value.get() == before + 8
    assert AuditRecord.objects.count() == rows


def test_limits_that_matter_hold_without_redis_in_any_number_of_processes(maya, settings, monkeypatch):
    def gone(*_, **__):
        raise redis.ConnectionError("gone")

    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    monkeypatch.setattr(redis.ConnectionPool, "get_connection", gone)
    monkeypatch.setattr(LocalCounters, "count", lambda self, key, seconds: (1, seconds))  # always another process
    secret = with_totp(maya)
    browser = inside(maya, secret=secret)

    assert [guess(maya.email, address=ATTACKERS[n])[0] for n in range(7)] == [200] * 5 + [429] * 2
    for _ in range(5):
        assert second_factor.prove_by_code(maya, "00000x", by=HOUSE) is None
    with pytest.raises(TooMany):
        second_factor.prove_by_code(maya, code_of(secret, 1), by=HOUSE)
    for n in range(5):
        Browser(ATTACKERS[n]).send("/account/password/reset", {"email": maya.email})
    assert Outbox.objects.filter(type="user.password_link_wanted").count() == guards.RESET.tries
    agreed(most_count=2)
    assert [judged_here().verdict for _ in range(3)] == [Verdict.ALLOW, Verdict.ALLOW, Verdict.REFUSE]
    assert browser.reaches()


def test_counts_nobody_needs_are_removed(maya, hands):
    guess(maya.email)
    assert guards.forget_old_tries() == 0
    hands(days=1, minutes=1)
    assert guards.forget_old_tries() == 3


def at_once(hands, work):
    """Run this in so many threads that all begin together; what each gave back."""
    barrier = Barrier(hands)

    def one(number):
        barrier.wait()
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(hands) as pool:
        return list(pool.map(one, range(hands)))


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("known", "many"), [(True, 200), (False, 60)])
def test_two_hundred_at_once_get_five_tries(known, many, monkeypatch):
    maya = portal_user(member("maya"))
    checks = []
    really = User.check_password
    monkeypatch.setattr(connection.pool, "timeout", 60)  # the house has ten connections for all of them
    monkeypatch.setattr(User, "check_password", lambda self, raw: checks.append(raw) or really(self, raw))
    email = maya.email if known else STRANGER

    def attempt(number):
        body = {"login": email, "password": f"wrong{number}"}
        return Client(REMOTE_ADDR=ATTACKERS[number]).post("/login", body).status_code

    answers = at_once(many, attempt)

    assert sorted(answers) == [200] * 5 + [429] * (many - 5)
    assert len(checks) == (5 if known else 0)
    assert Browser().sign_in(email).status_code == 429


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_hundred_codes_at_once_get_five_tries():
    ines = staff("ines")
    with_totp(ines)

    def attempt(_):
        try:
            return second_factor.prove_by_code(ines, "00000x", by=HOUSE)
        except TooMany:
            return "refused"

    answers = at_once(200, attempt)
    assert answers.count(None) == 5
    assert answers.count("refused") == 195
    assert AuditRecord.objects.filter(action="user.locked").count() == 1


@pytest.mark.django_db
def test_an_account_is_no_way_to_write_to_the_world(mailoutbox):
    ines = staff("ines")
    ines.name = "Pay at https://evil.example/now"
    ines.save(update_fields=["name"])

    def ask(number):
        ask_for_new_address(user=ines, email=f"victim{number}@people.example", by=actor(ines), at=clock.now())

    for number in range(5):
        ask(number)
    with pytest.raises(TooMany):
        ask(5)
    assert len(mailoutbox) == 5
    assert not any("evil" in mail.body for mail in mailoutbox)
