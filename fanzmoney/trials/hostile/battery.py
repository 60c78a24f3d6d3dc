"""XW5, XW6 and XF4: nothing hostile runs on any page or in any sheet, and creators and fans read what is theirs."""

from __future__ import annotations

from fanzmoney.trials.hostile.crawl import Seen, walk
from fanzmoney.trials.hostile.entries import person, tireless_house
from fanzmoney.trials.hostile.texts import PAYLOADS, poison
from foundation import nearby
from foundation.faults import Battery, Run, batteries
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
    tireless_house()
    roles, payload = [*PORTAL_ROLES, *(role for role in Role if role not in PORTAL_ROLES)], ""
    for trial in run:
        role = roles[(trial - 1) % len(roles)]
        wanted = PAYLOADS[((trial - 1) // len(roles)) % len(PAYLOADS)]
        if wanted != payload:
            payload = wanted
            if not poison(payload):
                run.violated("no text could be made hostile")
            nearby.forget_all()
        judge(run, role, walk(person(role)))


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
