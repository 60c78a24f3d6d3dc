"""Every operation keeps what the schema promises, whoever calls and whatever they send."""

import os
import subprocess
from datetime import timedelta

import pytest
from django.conf import settings

from fanzmoney.trials.fuzzing.callers import FORGERY_TOKEN
from fanzmoney.trials.fuzzing.calls import ALIKE
from fanzmoney.trials.fuzzing.running import HERE, command_line
from foundation.http import rates
from foundation.identity import tokens
from tests.cast import member
from tests.house.addresses import as_caller, callers

IN_CI = ("program of boyfanz", "anonymous", "finance")
PROGRAMS = {caller for caller in callers() if caller.startswith("program")}
NOT_FOR_PROGRAMS = ("--exclude-by", '/security == [{"session": []}]')  # people of the house are asked about these


@pytest.fixture
def house(live_server, settings, monkeypatch):
    """A listening server with two members to find, and no limit but the size of its machine."""
    monkeypatch.setattr(tokens, "LASTS", timedelta(hours=1))
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, (10**9, 60))
    settings.PUBLIC_URL = live_server.url
    rates._client().flushdb()
    for role in ("creator", "fan"):
        member("known-1", role)
    return live_server


def headers_of(caller):
    client = as_caller(caller)
    if "HTTP_AUTHORIZATION" in client.defaults:
        return {"Authorization": client.defaults["HTTP_AUTHORIZATION"]}
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    if not cookies:
        return {}
    cookies[settings.CSRF_COOKIE_NAME] = FORGERY_TOKEN
    pairs = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return {"Cookie": pairs, "X-CSRFToken": FORGERY_TOKEN}


def fuzz(house, caller, cases, phases, *, seed, alike):
    line = command_line(house.url, cases=cases, phases=phases, seed=seed, headers=headers_of(caller))
    told = {"SCHEMATHESIS_HOOKS": str(HERE / "hooks.py"), ALIKE: str(alike)}
    return subprocess.run(
        [*line, *NOT_FOR_PROGRAMS] if caller in PROGRAMS else line,
        capture_output=True, text=True, check=False, env=os.environ | told,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("caller", callers())
def test_the_schema_is_kept(house, caller, request):
    is_all, is_first = request.config.getoption("--all-variants"), caller == IN_CI[0]
    if not is_all and caller not in IN_CI:
        pytest.skip("by command: --all-variants")
    cases = request.config.getoption("--cases") if is_all or is_first else 2
    phases = "coverage,fuzzing,stateful" if is_all else "coverage,fuzzing" if is_first else "fuzzing"
    done = fuzz(house, caller, cases, phases, seed=None if is_all else 1, alike=0 if is_all else 3)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
