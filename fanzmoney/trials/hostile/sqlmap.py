"""XW4: sqlmap, in an environment of its own, against a house that listens."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from urllib.parse import quote, urlencode

from django.conf import settings

from fanzmoney.trials.fuzzing.callers import FORGERY_TOKEN
from fanzmoney.trials.fuzzing.running import listening_house
from fanzmoney.trials.hostile.entries import Entry, Spot, api_entries, given, page_entries
from foundation.faults import Battery, Run, batteries
from foundation.identity.roles import Role

PACKAGE = "sqlmap==1.10.10"
SECONDS = 90  # for one parameter
GRACE_SECONDS = 30
PAGES_OF = (Role.FINANCE, Role.ADMIN, Role.COMPLIANCE, Role.CREATOR)
FOUND = "sqlmap identified the following injection point"
BROKEN = re.compile(r"\b5(?!03)\d\d \([^)]*\) - (\d+) times")
ASKED = re.compile(r"testing '")


def try_their_tool(run: Run) -> None:
    """Each trial: one parameter, level 5 and risk 3, as long as it may take."""
    with tempfile.TemporaryDirectory(prefix="fanz-sqlmap-") as folder, listening_house() as url:
        tool = _environment(Path(folder)) / "bin" / "sqlmap"
        for (entry, spot), _ in zip(_spots(), run, strict=False):
            _judge(run, entry, spot, _attack(tool, Path(folder), url, entry, spot))


def _spots() -> Iterator[tuple[Entry, Spot]]:
    """The widest operations of the API first, then the filters and forms of pages as they are found."""
    known = set[tuple[str, ...]]()
    widest = sorted(api_entries(), key=lambda one: -len(one.query))
    for entry in chain(widest, *(page_entries(role, known) for role in PAGES_OF)):
        yield from ((entry, spot) for spot in entry.spots() if spot[0] in ("query", "part", "form"))


def _environment(folder: Path) -> Path:
    """uv makes it sooner, pip makes it too."""
    root, uv = folder / "environment", shutil.which("uv")
    if uv:
        subprocess.run([uv, "venv", "-q", "--python", sys.executable, str(root)], check=True)  # noqa: S603
        line = [uv, "pip", "install", "-q", "--python", str(root / "bin" / "python"), PACKAGE]
    else:
        venv.create(root, with_pip=True)
        line = [str(root / "bin" / "python"), "-m", "pip", "install", "-q", PACKAGE]
    subprocess.run(line, check=True)  # noqa: S603
    return root


def _attack(tool: Path, folder: Path, url: str, entry: Entry, spot: Spot) -> str:
    """What it said of this parameter, marked by a star."""
    where, way = spot
    values = {"part": dict(entry.parts), "query": dict(entry.query), "form": dict(entry.form or {})}
    values[where][way[0]] += "*"
    parts = {name: quote(value, safe="*") for name, value in values["part"].items()}
    address = url + entry.path.format_map(parts)
    if asked := given(values["query"]):
        address += f"?{urlencode(asked, safe='*')}"
    data = [f"--data={urlencode(values['form'], safe='*')}"] if entry.form is not None else []
    line = [
        str(tool), "-u", address, f"--method={entry.method}", *data, *_headers(entry), "--batch", "--level=5",
        "--risk=3",
        "--dbms=PostgreSQL", "--time-sec=3", "--disable-coloring", "--flush-session", f"--time-limit={SECONDS}",
        "--ignore-code=*", "--ignore-redirects", f"--output-dir={folder / 'said'}", "-v", "1",
    ]  # fmt: skip
    done = subprocess.run(  # noqa: S603
        line, capture_output=True, text=True, check=False, timeout=SECONDS + GRACE_SECONDS, stdin=subprocess.DEVNULL
    )
    return done.stdout + done.stderr


def _headers(entry: Entry) -> list[str]:
    """Who asks, as it is told over the wire."""
    bearer = entry.by.defaults.get("HTTP_AUTHORIZATION")
    if bearer:
        return [f"--header=Authorization: {bearer}"]
    cookies = {name: morsel.value for name, morsel in entry.by.cookies.items()}
    cookies[settings.CSRF_COOKIE_NAME] = FORGERY_TOKEN
    told = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return [f"--cookie={told}", f"--header=X-CSRFToken: {FORGERY_TOKEN}"]


def _judge(run: Run, entry: Entry, spot: Spot, said: str) -> None:
    place = f"{entry.label}, {spot[0]} {'.'.join(map(str, spot[1]))}"
    if FOUND in said:
        run.violated(f"{place}: {said[said.find(FOUND) :][:600]}")
    for count in BROKEN.findall(said):
        run.violated(f"{place}: {count} server errors")
    if not ASKED.search(said):
        run.violated(f"{place} was not tried: {said[-400:]}")


batteries.add("sqlmap", Battery("sqlmap finds nothing to inject into, parameter by parameter (XW4)", try_their_tool))
