"""A connection of the pool is looked at before it is used."""

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from foundation import prepared

pytestmark = pytest.mark.django_db(transaction=True)


def pid() -> int:
    return prepared.run("SELECT pg_backend_pid()")[0][0]


def elsewhere(sql: str, *values: object) -> None:
    database = settings.DATABASES["default"]
    address = {"host": database["HOST"], "port": database["PORT"], "dbname": connection.settings_dict["NAME"]}
    with psycopg.connect(**address, user=database["USER"], password=database["PASSWORD"], autocommit=True) as other:
        other.execute(sql, values)


def pids_in_turn() -> set[int]:
    """Which servers answer, as the pool gives its connections out in turn."""
    found = set()
    for _ in range(2 * settings.DATABASES["default"]["OPTIONS"]["pool"]["max_size"]):
        found.add(pid())
        connection.close()
    return found


def test_one_that_the_server_ended_is_replaced_before_anybody_notices():
    before = pid()
    connection.close()
    elsewhere("SELECT pg_terminate_backend(%s, 10000)", before)

    assert before not in pids_in_turn()


def test_one_that_was_only_told_something_is_kept():
    before = pid()
    prepared.run("LISTEN something")
    connection.close()
    elsewhere("NOTIFY something")

    assert before in pids_in_turn()
