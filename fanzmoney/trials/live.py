"""`bench live`: how long it takes from a commit to the pixels of whoever looks."""

from __future__ import annotations

import shutil
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from fanzmoney.trials.live_readers import PAGE, readers
from fanzmoney.trials.running_house import RunningHouse, running_house
from foundation import clock
from foundation.actors import Actor, ActorKind, system
from foundation.approvals.services import request_approval, withdraw_approval
from foundation.benches import Goal, Measure, bench, length, percentile
from foundation.identity.models import SessionMark, User
from foundation.identity.roles import Role
from foundation.identity.services import grant_role
from foundation.identity.session_store import digest
from foundation.ids import uuid7

BENCH, PEOPLE = system("bench"), 60
ASKED_A_SECOND, WAITING = 25, 50  # each is asked and, two seconds later, taken back: fifty pieces of news a second
LONGEST_SECONDS, PATIENCE_SECONDS = 20, 15
WATCH = """() => {
  window.seen = {}; window.shifts = [];
  const look = () => requestAnimationFrame(() => { const at = performance.timeOrigin + performance.now();
    for (const link of document.querySelectorAll("tbody a.main")) window.seen[link.href.split("/").pop()] ??= at; });
  new MutationObserver(look).observe(document.querySelector("main"),
    {subtree: true, childList: true, attributes: true});
  new PerformanceObserver((list) => { for (const one of list.getEntries())
    if (!one.hadRecentInput) window.shifts.push([one.startTime, one.value]); }).observe({type: "layout-shift"});
}"""
# So that one can be cut off; the page knows nothing of it.
SOCKETS = """window.sockets = [];
window.WebSocket = class extends WebSocket { constructor(...all) { super(...all); window.sockets.push(this); } };"""


class Asking(threading.Thread):
    """Somebody who asks for one decision after another, and takes each back after two seconds."""

    def __init__(self, by: Actor, people: list[UUID], seconds: float) -> None:
        super().__init__(daemon=True)
        self.by, self.people, self.seconds = by, people, seconds
        self.committed: dict[str, float] = {}
        self.waiting: deque[UUID] = deque()
        self.problem: BaseException | None = None

    def run(self) -> None:
        try:
            began = time.monotonic()
            for number in range(int(self.seconds * ASKED_A_SECOND)):
                time.sleep(max(0.0, began + number / ASKED_A_SECOND - time.monotonic()))
                self.ask(number)
        except BaseException as problem:  # noqa: BLE001 - told by whoever waits for this thread
            self.problem = problem
        finally:
            connection.close()

    def take_all_back(self) -> None:
        while self.waiting:
            withdraw_approval(approval_id=self.waiting.popleft(), reason="Bench", by=self.by, at=clock.now())

    def ask(self, number: int) -> str:
        at, person = clock.now(), self.people[number % len(self.people)]
        with transaction.atomic():
            if len(self.waiting) >= WAITING:
                withdraw_approval(approval_id=self.waiting.popleft(), reason="Bench", by=self.by, at=at)
            payload = {"user_id": str(person), "role": str(Role.FINANCE)}
            asked = request_approval(kind="role.grant", payload=payload, reason="Bench", by=self.by, at=at)
        self.committed[str(asked.pk)] = time.time() * 1000
        self.waiting.append(asked.pk)
        return str(asked.pk)


def _person(name: str, *roles: Role) -> User:
    email = f"{name}@bench.example"
    user = User.objects.filter(email=email).first() or User.objects.create_user(email, name=name)
    for role in {str(role) for role in roles} - user.role_names:
        grant_role(user_id=user.pk, role=role, by=BENCH, at=clock.now())
    return User.objects.get(pk=user.pk)


def _asking(seconds: float) -> Asking:
    asker = _person("asker", Role.ADMIN)
    by = Actor(
        ActorKind.USER, str(asker.pk), roles=asker.role_names, is_second_factor_passed=True, stepped_up_at=clock.now()
    )
    # New people each time: asked for again, a request is the one that waits.
    return Asking(by, [_person(f"person-{uuid7()}").pk for _ in range(PEOPLE)], seconds)


def _signed_in() -> dict[str, str]:
    """The cookies of somebody who may look at the approvals."""
    viewer = Client()
    viewer.force_login(_person("viewer", Role.APPROVER))
    mark = SessionMark.objects.filter(session_key=digest(viewer.session.session_key or ""))
    mark.update(second_factor_at=timezone.now(), stepped_up_at=timezone.now())
    connection.close()
    return {name: cookie.value for name, cookie in viewer.cookies.items()}


@contextmanager
def _pages(house: RunningHouse, count: int, cookies: dict[str, str]) -> Iterator[list[Any]]:
    """So many pages of a browser, all at the approvals, all live."""
    from playwright.sync_api import sync_playwright

    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        raise RuntimeError("there is no chromium on this machine")
    url = f"http://localhost:{house.port}"
    kept: Any = [{"name": name, "value": value, "url": url} for name, value in cookies.items()]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        context = browser.new_context(base_url=url, viewport={"width": 1280, "height": 800})
        context.add_cookies(kept)
        context.add_init_script(SOCKETS)
        pages = [context.new_page() for _ in range(count)]
        for page in pages:
            page.goto(PAGE)
            page.locator('#live[data-state="on"]').wait_for(timeout=PATIENCE_SECONDS * 1000)
            page.evaluate(WATCH)
        yield pages
        browser.close()


def _watched(name: str, browsers: int, without: int) -> Mapping[str, float]:
    """So many pages of a browser, and so many viewers who do all that a page does but draw."""
    seconds = min(length.seconds, LONGEST_SECONDS)
    with running_house() as house:
        asking, cookies = _asking(seconds), _signed_in()
        for number in range(WAITING):  # a list that grows moves what stands below it
            asking.ask(number)
        connection.close()
        asking.committed.clear()
        with _pages(house, browsers, cookies) as pages, readers(house.port, cookies, without) as others:
            asking.start()
            while asking.is_alive():
                pages[0].wait_for_timeout(200)
            if asking.problem:
                raise asking.problem
            unseen = _never_shown(pages, [str(id) for id in asking.waiting])
            shift = max(_shift(page.evaluate("window.shifts")) for page in pages)
            seen = [page.evaluate("window.seen") for page in pages]
        read = [reader.seen for reader in others]
    asking.take_all_back()
    told = {f"live_{name}": _late(seen, asking.committed), f"shift_{name}": shift, f"unseen_{name}": unseen}
    return {**told, f"read_{name}": _late(read, asking.committed)} if read else told


def _never_shown(pages: list[Any], standing: list[str]) -> int:
    """How many of those that still stand no patience brings to sight."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while True:
        missing = sum(id not in seen for seen in [page.evaluate("window.seen") for page in pages] for id in standing)
        if not missing or time.monotonic() > ends:
            return missing
        pages[0].wait_for_timeout(200)


def _late(seen: list[dict[str, float]], committed: dict[str, float]) -> float:
    """Milliseconds that 95 of 100 took at most; what was taken back before it was seen took as long as it can."""
    took = [one[id] - at if id in one else 1e3 * PATIENCE_SECONDS for one in seen for id, at in committed.items()]
    return percentile(took, 0.95)


def _shift(shifts: list[tuple[float, float]]) -> float:
    """The worst five seconds of things that moved by themselves, as browsers count it."""
    return max((sum(v for at, v in shifts if begins <= at < begins + 5000) for begins, _ in shifts), default=0.0)


def come_back() -> Mapping[str, float]:
    """A socket is cut while something happens: from the cut until it is seen."""
    took = []
    with running_house() as house:
        asking = _asking(0)
        with _pages(house, 1, _signed_in()) as (page,):
            for number in range(10):
                page.evaluate("window.sockets.at(-1).close()")
                cut, missed = time.monotonic(), list[str]()
                thread = threading.Thread(target=_ask_alone, args=(asking, number, missed))
                thread.start()
                thread.join()
                page.locator(f'tbody a.main[href$="{missed[0]}"]').wait_for(timeout=PATIENCE_SECONDS * 1000)
                took.append(time.monotonic() - cut)
    return {"come_back": max(took)}


def _ask_alone(asking: Asking, number: int, missed: list[str]) -> None:
    try:
        missed.append(asking.ask(number))
    finally:
        connection.close()


live = bench("live")
for _name, _who, _browsers, _without, _goal in (
    ("1", "one page", 1, 0, 250),
    ("10", "one page beside nine viewers without a browser", 1, 9, 500),
    ("10_pages", "ten pages of a browser on the machine of the servers", 10, 0, 500),
):
    _goals = [
        Goal(f"live_{_name}", f"From commit to pixels, 50 news a second, {_who}; p95", "ms", _goal),
        Goal(f"shift_{_name}", f"What moved by itself meanwhile, {_who}", "CLS", 0.02),
        Goal(f"unseen_{_name}", f"Requests never shown, {_who}", "requests", 0, "exactly"),
    ]
    if _without:
        _goals.append(Goal(f"read_{_name}", "From commit to the answer that holds it, those nine; p95", "ms", _goal))
    live.add(f"viewers_{_name}", Measure(partial(_watched, _name, _browsers, _without), _goals, runs=1))
live.add("come_back", Measure(come_back, [Goal("come_back", "Cut off until what was missed is seen", "s", 3)], runs=1))
