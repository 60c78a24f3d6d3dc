"""XC9 and XT2: many hands at the doors at once; no limit lets one more through than it says."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from django.conf import settings
from django.db import connection

from foundation.errors import TooMany
from foundation.faults import Battery, Run, batteries
from foundation.http.rates import Rate, spend
from foundation.identity.faults import BATTERY, Victim, browser, is_inside, log_in
from foundation.identity.login import guards, second_factor
from foundation.identity.login.guards import Limit

AT_ONCE, HANDS = 200, 8  # hands that need a connection each, of which a process has ten
PASSWORDS, ACCOUNTS = 10_000, 1_000


def together(work: Callable[[int], bool], count: int = AT_ONCE, hands: int = HANDS) -> int:
    """How many of so many tries, begun together, were let through."""
    barrier = threading.Barrier(hands)

    def begin(first: int) -> int:
        barrier.wait(60)
        try:
            return sum(work(number) for number in range(first, count, hands))
        finally:
            connection.close()

    with ThreadPoolExecutor(hands) as pool:
        return sum(pool.map(begin, range(hands)))


def let_through(limit: Callable[[], object]) -> bool:
    try:
        limit()
    except TooMany:
        return False
    return True


def ask_too_often(run: Run) -> None:
    """A window of requests, as the doors count it."""
    rate, who = Rate("trial", run.random.randint(1, 150), 600), uuid4().hex
    passed = together(lambda _: let_through(lambda: spend(rate, who)), hands=AT_ONCE)
    if passed != rate.most:
        run.violated(f"{passed} of {rate.most} requests were let through")


def guess_too_often(run: Run) -> None:
    """Every counter of tries: of passwords, codes, proofs, addresses, links."""
    every = [found for found in vars(guards).values() if isinstance(found, Limit) and found.tries < AT_ONCE]
    limit, who = run.random.choice(every), uuid4().hex
    passed = together(lambda _: let_through(lambda: guards.take(limit, who)))
    if passed != limit.tries:
        run.violated(f"{passed} tries of {limit.name} were let through, not {limit.tries}")


def spend_one_code(run: Run) -> None:
    """A code of the app and one of the paper, by two hundred hands each."""
    victim = Victim(run)
    for code in (victim.code(), victim.codes[0]):
        spent = together(lambda _, code=code: second_factor.spend_code(victim.user, code, by=BATTERY) is not None)  # type: ignore[misc]
        if spent != 1:
            run.violated(f"one code opened {spent} times")


def try_passwords(run: Run, count: int = PASSWORDS) -> None:
    """Ten thousand on one account, from as many networks, each behind a forged address."""
    victim = Victim(run)

    def guess(number: int) -> bool:
        place = f"198.{18 + number // 60_000}.{number // 250 % 250}.{number % 250}"
        forged = {"HTTP_X_FORWARDED_FOR": f"203.0.113.{number % 250}, 10.0.0.1", "HTTP_FORWARDED": "for=::1"}
        return log_in(browser(place, **forged), victim.email, f"wrong-{number}") == 200

    checked = together(guess, count)
    if checked != settings.LOCKOUT_FAILURES:
        run.violated(f"{checked} of {count} passwords were checked")
    if log_in(browser("192.0.2.9"), victim.email, victim.password) != 429:
        run.violated("a locked account let somebody in")
    if not is_inside(victim.browser):
        run.violated("a lock ended a live session")


def try_accounts(run: Run, count: int = ACCOUNTS) -> None:
    """One password on a thousand accounts from one address, which forges where it comes from."""
    place, victim = f"203.0.113.{run.trials % 250}", Victim(run)
    guards.forget(guards.ADDRESS, guards.network_of(place))

    def guess(number: int) -> bool:
        email = victim.email if number == count // 2 else f"nobody-{number}-{uuid4().hex}@fanzmoney.example"
        forged = {"HTTP_X_FORWARDED_FOR": f"203.0.113.{number % 250}", "HTTP_X_REAL_IP": f"10.0.0.{number % 250}"}
        return log_in(browser(place, **forged), email, "Sommer2026!") == 200

    if (checked := together(guess, count)) != guards.ADDRESS.tries:
        run.violated(f"{checked} accounts were tried from one address")


def try_from_everywhere(run: Run, count: int = ACCOUNTS) -> None:
    """One password on a thousand accounts from a thousand addresses: the house as a whole has a limit."""

    def guess(number: int) -> bool:
        email = f"nobody-{number}-{uuid4().hex}@fanzmoney.example"
        return log_in(browser(f"198.51.{number // 250}.{number % 250}"), email, "Sommer2026!") == 200

    began = time.monotonic()
    checked = together(guess, count)
    minutes = 1 + int((time.monotonic() - began) // guards.EVERYBODY.within.total_seconds())
    if not 0 < checked <= minutes * guards.EVERYBODY.tries:
        run.violated(f"{checked} accounts were tried in {minutes} minutes")


LIMITS = (ask_too_often, guess_too_often, spend_one_code)
PASSWORDS_TRIED = (try_passwords, try_accounts, try_from_everywhere)


def storm_limits(run: Run) -> None:
    for trial in run:
        guards.forget(guards.EVERYBODY, "")
        LIMITS[trial % len(LIMITS)](run)


def storm_passwords(run: Run) -> None:
    for trial in run:
        guards.forget(guards.EVERYBODY, "")
        PASSWORDS_TRIED[trial % len(PASSWORDS_TRIED)](run)


batteries.add("limits", Battery("Limits and one-time codes, 200 at once: exceeded by none (XC9)", storm_limits))
batteries.add("passwords", Battery("10,000 passwords on an account, one on 1,000 accounts (XT2)", storm_passwords))
