import os

import psycopg
import pytest

from foundation.seal import services
from tests.cast import OLDEST_HERE


@pytest.fixture(autouse=True)
def state_dir(settings, tmp_path):
    """Roots of each test stand in a folder of its own."""
    settings.STATE_DIR = tmp_path
    return tmp_path


@pytest.fixture
def intruder(transactional_db):
    """Someone who got hold of the owner's password and turned the triggers off."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


@pytest.fixture(autouse=True)
def deaf_to_neighbours(monkeypatch):
    """Tests of other workers keep transactions open on the same cluster; these do not wait for them."""
    monkeypatch.setattr(services, "OLDEST_RUNNING", OLDEST_HERE)
