import os

import psycopg
import pytest


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
