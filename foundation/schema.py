"""Migration operations that put invariants into the database: guards, append-only tables, grants, tenancy."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from django.db.migrations.operations import RunSQL

APP, TENANT = "fanz_app", "fanz_tenant"


def guard_states(table: str, moves: Mapping[str, Iterable[str]], initial: Iterable[str]) -> RunSQL:
    """The database refuses what MOVES does not list, whoever writes."""
    listed = json.dumps({str(source): sorted(map(str, targets)) for source, targets in moves.items()}, sort_keys=True)
    first = json.dumps(sorted(map(str, initial)))
    return RunSQL(
        f"DROP TRIGGER IF EXISTS guard_state ON {table};"
        f"CREATE TRIGGER guard_state BEFORE INSERT OR UPDATE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION fanz_guard_state('{listed}', '{first}');",
        f"DROP TRIGGER IF EXISTS guard_state ON {table};",
    )


def append_only(table: str) -> RunSQL:
    """Rows are written once: UPDATE, DELETE and TRUNCATE are refused even for the owner, and not granted to others."""
    return RunSQL(
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION fanz_refuse_change();"
        f"CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION fanz_refuse_change();"
        f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {APP};",
        f"DROP TRIGGER append_only ON {table}; DROP TRIGGER append_only_truncate ON {table};"
        f"GRANT UPDATE, DELETE ON {table} TO {APP};",
    )


def only_changes(table: str, *columns: str) -> RunSQL:
    """Rows stay, and of their columns only these are ever written again."""
    return RunSQL(
        f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {APP};"
        f"GRANT UPDATE ({', '.join(columns)}) ON {table} TO {APP};",
        f"GRANT UPDATE, DELETE ON {table} TO {APP};",
    )


def read_only(table: str) -> RunSQL:
    """Rows come from migrations alone."""
    return RunSQL(
        f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {table} FROM {APP};",
        f"GRANT INSERT, UPDATE, DELETE ON {table} TO {APP};",
    )


def no_delete(table: str) -> RunSQL:
    return RunSQL(f"REVOKE DELETE, TRUNCATE ON {table} FROM {APP};", f"GRANT DELETE ON {table} TO {APP};")


def tenant_table(table: str, *, rights: str = "SELECT", column: str = "platform_id") -> RunSQL:
    """A platform's own requests see and write only its own rows; staff queries keep their index speed."""
    return RunSQL(
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
        f"CREATE POLICY app_all ON {table} TO {APP} USING (true) WITH CHECK (true);"
        f"CREATE POLICY own_platform ON {table} TO {TENANT} USING ({column} = fanz_platform()) "
        f"WITH CHECK ({column} = fanz_platform());"
        f"GRANT {rights} ON {table} TO {TENANT};",
        f"DROP POLICY app_all ON {table}; DROP POLICY own_platform ON {table};"
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY; REVOKE ALL ON {table} FROM {TENANT};",
    )


def tenant_policy(table: str, using: str, *, rights: str = "SELECT") -> RunSQL:
    """Like tenant_table for a table whose rows are a platform's by another path than a column."""
    return RunSQL(
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
        f"CREATE POLICY app_all ON {table} TO {APP} USING (true) WITH CHECK (true);"
        f"CREATE POLICY own_platform ON {table} TO {TENANT} USING ({using}) WITH CHECK ({using});"
        f"GRANT {rights} ON {table} TO {TENANT};",
        f"DROP POLICY app_all ON {table}; DROP POLICY own_platform ON {table};"
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY; REVOKE ALL ON {table} FROM {TENANT};",
    )


def grant_tenant(table: str, rights: str) -> RunSQL:
    return RunSQL(f"GRANT {rights} ON {table} TO {TENANT};", f"REVOKE {rights} ON {table} FROM {TENANT};")


def pin_search_path(function: str) -> RunSQL:
    """A function that asks tables looks in `public` first: otherwise a caller's temporary table answers instead."""
    return RunSQL(
        f"ALTER FUNCTION {function} SET search_path = public, pg_temp;",
        f"ALTER FUNCTION {function} RESET search_path;",
    )


def partition_by_month(table: str, months: int = 24) -> RunSQL:
    """Partitions from this month on for two years; `fanz_make_partitions` is called again by every later migrate."""
    return RunSQL(f"SELECT fanz_make_partitions('{table}', {months});", RunSQL.noop)
