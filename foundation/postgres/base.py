"""Django's PostgreSQL, except that a pooled connection is looked at instead of being asked whether it lives."""

from __future__ import annotations

import select
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> psycopg.Connection[Any]:
        """A connection of the pool that lives; one that was cut off goes back, and the pool makes another."""
        while True:
            connection: psycopg.Connection[Any] = super().get_new_connection(conn_params)
            if self.pool is None or _lives(connection):
                return connection
            connection.close()
            self.pool.putconn(connection)


def _lives(connection: psycopg.Connection[Any]) -> bool:
    """A server that ends a connection says so: only then there is something to read on one that nobody used."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if not poll.poll(0):
        return True
    try:
        ConnectionPool.check_connection(connection)
    except psycopg.OperationalError:
        return False
    return True
