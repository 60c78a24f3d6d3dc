"""Gives every test process databases and a Valkey of its own; loaded by `manage.py test` before Django."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest

if os.environ.get("FANZ_ENV") != "test":
    raise pytest.UsageError("These tests run on private servers: python3 manage.py test [pytest arguments]")

from fanzmoney.launcher import ports
from fanzmoney.launcher.children import stop_all
from fanzmoney.launcher.servers import wait_until_ready
from fanzmoney.launcher.state import State
from fanzmoney.launcher.valkey import Valkey
from fanzmoney.trials.kept import Database

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
TEMPLATES = {"DATABASE_OWNER_URL": "fanz", "KEYS_DATABASE_URL": "fanz_keys"}


def _start_valkey() -> Valkey:
    state = State(Path(os.environ["FANZ_STATE_DIR"]))
    home, log = state.server_home() / f"valkey-{WORKER}", state.logs / f"valkey-{WORKER}.log"
    valkey = Valkey(home, log, ports.any_free(), state.passwords()["valkey"])
    valkey.start()
    return valkey


def _on(url: str, database: str) -> str:
    return urlsplit(url)._replace(path=f"/{database}").geturl()


VALKEY = _start_valkey()
os.environ["REDIS_URL"] = VALKEY.url()
os.environ["SANDBOX_URL"] = f"http://127.0.0.1:{ports.any_free()}"  # `gateway_world` starts it there
os.environ["DATABASE_URL"] = _on(os.environ["DATABASE_URL"], f"fanz_{WORKER}")
for _variable, _template in TEMPLATES.items():
    os.environ[_variable] = _on(os.environ[_variable], f"{_template}_{WORKER}")


def pytest_unconfigure() -> None:
    stop_all([VALKEY.child], grace_seconds=2)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker):
    """Clone the migrated template for this process; committing tests wipe what they wrote."""
    from django.test import TransactionTestCase

    wait_until_ready(VALKEY)
    databases = {template: Database(os.environ[variable]) for variable, template in TEMPLATES.items()}
    for template, database in databases.items():
        database.clone(template)
        database.remember()
    TransactionTestCase._fixture_teardown = lambda _case: [database.wipe() for database in databases.values()]
