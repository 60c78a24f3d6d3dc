"""XW5, XW6 and XF4: nothing hostile runs on any page or in any sheet, and creators and fans read what is theirs."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

from django.conf import settings
from django.core.management import call_command
from django.test import Client

from fanzmoney.demo.people import email_of
from fanzmoney.trials.fuzzing.callers import proved_session
from fanzmoney.trials.hostile.crawl import Seen, walk
from fanzmoney.trials.hostile.texts import PAYLOADS, poison
from foundation import nearby
from foundation.faults import Battery, Run, batteries
from foundation.identity.models import User
from foundation.identity.roles import PORTAL_ROLES, Role

# Of all written texts, those that creators and fans read: their own, and what is written for them.
THEIRS = frozenset(
    {
        "fanz_user.name", "membership.handle", "platform.name", "payout_method.label", "payout_method.disabled_reason",
    }
)  # fmt: skip
FEWEST_PAGES = 15


def look_at_everything(run: Run) -> None:
    """Each trial: one hostile text everywhere, and one role that opens every page."""
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, (10**9, 60))
    settings.STAFF_IDLE = settings.STAFF_ABSOLUTE = settings.STEP_UP_LASTS = timedelta(days=1)
    call_command("demo_seed", "--json", stdout=StringIO())
    roles, payload = [*PORTAL_ROLES, *(role for role in Role if role not in PORTAL_ROLES)], ""
    for trial in run:
        role = roles[(trial - 1) % len(roles)]
        wanted = PAYLOADS[((trial - 1) // len(roles)) % len(PAYLOADS)]
        if wanted != payload:
            payload = wanted
            if not poison(payload):
                run.violated("no text could be made hostile")
            nearby.forget_all()
        judge(run, role, walk(reader(role)))


def reader(role: str) -> Client:
    browser = Client(raise_request_exception=False)
    proved_session(browser, User.objects.get(email=email_of(role)))
    return browser


def judge(run: Run, role: str, seen: Seen) -> None:
    for wrong in seen.wrong:
        run.violated(f"{role}: {wrong}")
    for broken, count in seen.broken.items():
        run.violated(f"{role}: {broken} ({count} times)")
    if seen.pages < FEWEST_PAGES:
        run.violated(f"{role}: only {seen.pages} pages could be looked at")
    if role in PORTAL_ROLES:
        for mark in sorted(set(seen.marks) - THEIRS):
            run.violated(f"{role}: {seen.marks[mark]} shows {mark}")


batteries.add(
    "hostile_texts",
    Battery(
        "Hostile texts run nowhere, and creators read nothing that is not theirs (XW5, XW6, XF4)", look_at_everything
    ),
)
