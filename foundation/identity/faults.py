"""XT2, XT4, XT5: many hands at the door at once, from everywhere; none gets more tries, or in by an old key or code."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.conf import settings
from django.db import connection
from django.test import Client

from foundation import clock
from foundation.actors import system
from foundation.errors import TooMany
from foundation.faults import Battery, Run, batteries
from foundation.identity.login import guards, second_factor
from foundation.identity.models import User
from foundation.identity.sessions import end_sessions, list_sessions

HANDS, AT_ONCE = 8, 24
BATTERY = system("battery")
PAGE = "/account/profile"


class Victim:
    """Somebody with a password, an app, recovery codes, and a browser in which they are signed in."""

    def __init__(self, run: Run) -> None:
        self.email = f"victim-{run.seed}-{run.random.getrandbits(64):x}@fanzmoney.example"
        self.password = f"{run.random.getrandbits(96):x}"
        self.user = User.objects.create_user(self.email, self.password, name="Victim")
        self.secret = generate_totp_secret()
        TOTP.activate(self.user, self.secret)
        self.codes = second_factor.make_recovery_codes(self.user, by=BATTERY)
        self.browser = browser("192.0.2.1")
        log_in(self.browser, self.email, self.password)
        self.browser.post("/mfa", {"code": self.codes.pop()})

    def code(self) -> str:
        return format_hotp_value(hotp_value(self.secret, int(clock.now().timestamp()) // second_factor.PERIOD_SECONDS))


def browser(address: str, **request: Any) -> Client:
    return Client(REMOTE_ADDR=address, SERVER_NAME="localhost", **request)


def log_in(client: Client, email: str, password: str) -> int:
    return int(client.post("/login", {"login": email, "password": password}).status_code)


def is_inside(client: Client) -> bool:
    return bool(client.get(PAGE).status_code == 200)


def at_once(work: Callable[[Any], Any], given: Iterable[Any]) -> list[Any]:
    def one(item: Any) -> Any:
        try:
            return work(item)
        finally:
            connection.close()

    with ThreadPoolExecutor(HANDS) as hands:
        return list(hands.map(one, given))


def guess_passwords(run: Run, victim: Victim) -> None:
    """From another address each time, with another forwarded-for each time."""

    def guess(number: int) -> int:
        place = f"198.51.{run.trials % 250}.{number + 1}"
        return log_in(browser(place, HTTP_X_FORWARDED_FOR=f"203.0.113.{number}"), victim.email, f"wrong-{number}")

    tried = at_once(guess, range(AT_ONCE))
    if (checked := sum(status != 429 for status in tried)) > settings.LOCKOUT_FAILURES:
        run.violated(f"{checked} passwords were checked")
    if log_in(browser("192.0.2.2"), victim.email, victim.password) != 429:
        run.violated("a locked account let somebody in")
    if not is_inside(victim.browser):
        run.violated("a lock ended a live session")


def guess_codes(run: Run, victim: Victim) -> None:
    def guess(number: int) -> bool:
        try:
            second_factor.prove_by_code(victim.user, f"{number:06}x", by=BATTERY)
        except TooMany:
            return False
        return True

    if (checked := sum(at_once(guess, range(AT_ONCE)))) != settings.LOCKOUT_FAILURES:
        run.violated(f"{checked} codes were checked")


def repeat_codes(run: Run, victim: Victim) -> None:
    for code in (victim.code(), victim.codes[0]):
        opened = at_once(lambda c: second_factor.spend_code(victim.user, c, by=BATTERY), [code] * AT_ONCE)
        if (times := sum(found is not None for found in opened)) != 1:
            run.violated(f"one code opened {times} times")


def go_round_the_second_step(run: Run, victim: Victim) -> None:
    client = browser("192.0.2.3")
    log_in(client, victim.email, victim.password)
    if is_inside(client) or client.get("/account/security/totp").status_code == 200:
        run.violated("a password alone opened a page")


def use_old_keys(run: Run, victim: Victim) -> None:
    key = victim.browser.cookies[settings.SESSION_COOKIE_NAME].value
    if run.random.random() < 0.5:
        victim.browser.post("/logout")
    else:
        end_sessions(user_id=victim.user.pk, by=BATTERY, at=clock.now(), reason="battery")
    thief = browser("192.0.2.4")
    thief.cookies[settings.SESSION_COOKIE_NAME] = key
    if is_inside(thief) or list_sessions(victim.user.pk):
        run.violated("an ended session opened a page")


ATTACKS = (guess_passwords, guess_codes, repeat_codes, go_round_the_second_step, use_old_keys)


def storm_the_door(run: Run) -> None:
    """One kind of attack a trial, each on a person of its own."""
    for trial in run:
        guards.forget(guards.EVERYBODY, "")
        ATTACKS[trial % len(ATTACKS)](run, Victim(run))


batteries.add("login", Battery("Nobody gets more tries, or in by an old key or code (XT2, XT4, XT5)", storm_the_door))
