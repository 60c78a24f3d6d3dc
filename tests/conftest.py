"""What every test may ask for."""

import time
import warnings

import hypothesis
import pytest
from django.core.servers.basehttp import WSGIRequestHandler
from django.db import connection

from foundation import clock, nearby
from foundation.http import rates
from foundation.requests.writing import forget_waiting
from tests.gateway_world import gateway_world, gateways
from tests.isolation import django_db_setup

MOST_OF_ONE_THREAD = 2
__all__ = ["django_db_setup", "gateway_world", "gateways"]


@pytest.fixture(autouse=True)
def _every_test_reads_afresh():
    yield
    clock.forget()
    nearby.forget_all()
    forget_waiting()
    rates._local = rates.LocalCounters()


@pytest.fixture(autouse=True)
def _no_test_starves_the_next():
    """Threads give their connections back; a test that lost some is named, and the next one gets a new pool."""
    yield
    pools = getattr(connection, "_connection_pools", {})
    until = time.monotonic() + 5
    while (pool := pools.get(connection.alias)) and in_use(pool) > MOST_OF_ONE_THREAD:
        if time.monotonic() > until:
            warnings.warn(f"{in_use(pool)} connections never came back to the pool", stacklevel=1)
            connection.close_pool()
            return
        time.sleep(0.05)


def in_use(pool):
    stats = pool.get_stats()
    return stats["pool_size"] - stats["pool_available"]


@pytest.fixture
def steady_copies(monkeypatch):
    """For counting statements: what is read again each second for everybody is read once."""
    monkeypatch.setattr(nearby, "REFRESH_SECONDS", float("inf"))


def pytest_configure(config: pytest.Config) -> None:
    """Generated tests draw the same examples each time, so that no change is red by luck; `--deep` draws new ones."""
    WSGIRequestHandler.disable_nagle_algorithm = True  # a live server answers in two pieces, the second 40 ms later
    hypothesis.settings.register_profile("steady", derandomize=True, deadline=None)
    hypothesis.settings.register_profile("deep", deadline=None)
    hypothesis.settings.load_profile("deep" if config.getoption("--deep") else "steady")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--deep", action="store_true", help="generated tests at their full size")
    parser.addoption("--all-variants", action="store_true", help="every page variant, every access cell")
    parser.addoption("--size", type=int, help="how much a flood brings, instead of the little it brings by default")
    parser.addoption("--cases", type=int, default=5, help="generated requests for each operation of the API")


@pytest.fixture
def size(request: pytest.FixtureRequest):
    """How much a flood brings: `--size`, or what the test finds enough."""
    return lambda enough: request.config.getoption("--size") or enough
