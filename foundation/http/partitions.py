"""Partitions by month stand ready two years ahead; each migrate makes those that are missing."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Any

from django.db import connection

MONTHS_AHEAD = 24
# The ledger makes its own, with the guards that belong on each.
_PARENTS = """
SELECT relname FROM pg_class WHERE relkind = 'p' AND relnamespace = 'public'::regnamespace
AND NOT starts_with(relname, 'ledger_') ORDER BY 1
"""
_UPPER_BOUNDS = r"""
SELECT parent.relname,
       max(substring(pg_get_expr(part.relpartbound, part.oid) FROM 'TO \(''([^'']+)''')::timestamptz)
FROM pg_class parent JOIN pg_inherits ON inhparent = parent.oid JOIN pg_class part ON part.oid = inhrelid
WHERE parent.relkind = 'p' AND parent.relnamespace = 'public'::regnamespace GROUP BY 1 ORDER BY 1
"""

# What is told late is older than the first month and rightly lies in the rest; what comes after it has lost its month.
_FIRST_MONTH = r"""
SELECT quote_ident(key.attname),
       min(substring(pg_get_expr(part.relpartbound, part.oid) FROM 'FROM \(''([^'']+)''')::timestamptz)
FROM pg_class parent JOIN pg_partitioned_table ON partrelid = parent.oid
JOIN pg_attribute key ON key.attrelid = parent.oid AND key.attnum = partattrs[0]
JOIN pg_inherits ON inhparent = parent.oid JOIN pg_class part ON part.oid = inhrelid
WHERE parent.oid = to_regclass(%s) GROUP BY 1
"""


def parents() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_PARENTS)
        return [name for (name,) in cursor.fetchall()]


def make_partitions(**_: Any) -> int:
    """Bring every partitioned table two years ahead; only the owner may, so only `migrate` does."""
    if not os.environ.get("FANZ_AS_OWNER"):
        return 0
    made = 0
    with connection.cursor() as cursor:
        for parent in parents():
            cursor.execute("SELECT fanz_make_partitions(%s, %s)", [parent, MONTHS_AHEAD])
            made += cursor.fetchone()[0]
    return made


def ready_until() -> dict[str, datetime]:
    """Until when each partitioned table has a partition of its own for new rows."""
    with connection.cursor() as cursor:
        cursor.execute(_UPPER_BOUNDS)
        return dict(cursor.fetchall())


def strays() -> list[str]:
    """Tables with rows that found no month and went to the rest, though they are not older than all months."""
    with connection.cursor() as cursor:
        found = []
        for parent in parents():
            cursor.execute(_FIRST_MONTH, [parent])
            key, first = cursor.fetchone()
            cursor.execute(
                f"SELECT EXISTS (SELECT FROM {connection.ops.quote_name(parent)} "  # noqa: S608
                f"WHERE tableoid = to_regclass(%s) AND {key} >= %s)",
                [connection.ops.quote_name(f"{parent}_rest"), first],
            )
            if cursor.fetchone()[0]:
                found.append(parent)
    return found
