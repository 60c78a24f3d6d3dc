"""The database grants what is declared here and nothing else."""

import pytest
from django.db import connection

from tests.house.grants import APP, FUNCTIONS, TENANT, USUAL

pytestmark = pytest.mark.django_db

# One line per grantee and relation: whole-table rights, then rights on some columns as `RIGHT (a, b)`.
TABLES = """
WITH whole AS (
    SELECT c.relname, x.grantee, x.privilege_type AS right_, NULL::text[] AS columns
    FROM pg_class c, aclexplode(c.relacl) x
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND x.grantee <> c.relowner
), partial AS (
    SELECT c.relname, x.grantee, x.privilege_type, array_agg(a.attname::text ORDER BY a.attname)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid, aclexplode(a.attacl) x
    WHERE c.relnamespace = 'public'::regnamespace AND x.grantee <> c.relowner GROUP BY 1, 2, 3
)
SELECT CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE grantee::regrole::text END, relname,
       string_agg(right_ || coalesce(' (' || array_to_string(columns, ', ') || ')', ''), ', ' ORDER BY right_)
FROM (SELECT * FROM whole UNION ALL SELECT * FROM partial) rights GROUP BY 1, 2
"""
CALLS = """
SELECT p.proname, array_agg(
    CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE x.grantee::regrole::text END ORDER BY x.grantee::regrole::text)
FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x
WHERE p.pronamespace = 'public'::regnamespace AND x.grantee <> p.proowner GROUP BY 1, p.oid
"""
PARTITIONS = "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'"
ALL_TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v') AND NOT relispartition
"""
SEQUENCES = """
SELECT DISTINCT CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE x.grantee::regrole::text END, x.privilege_type
FROM pg_class c, aclexplode(c.relacl) x
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'S' AND x.grantee <> c.relowner
"""
# Tables with a platform's column that a platform may touch, and whether rows are fenced.
FENCES = """
SELECT c.relname, c.relrowsecurity,
       EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polroles = ARRAY['fanz_tenant'::regrole::oid])
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
"""


def ask(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def granted_to(role):
    return {table: rights for grantee, table, rights in ask(TABLES) if grantee == role}


def tables():
    return {name for (name,) in ask(ALL_TABLES)}


def test_the_app_may_do_the_usual_but_where_declared():
    expected = {table: APP.get(table, USUAL) for table in tables()}
    assert granted_to("fanz_app") == {table: rights for table, rights in expected.items() if rights}


def test_a_platform_may_do_only_what_is_declared():
    assert granted_to("fanz_tenant") == TENANT


def test_nobody_else_may_do_anything():
    assert {grantee for grantee, _, _ in ask(TABLES)} == {"fanz_app", "fanz_tenant"}


def test_partitions_are_reached_through_their_parent_alone():
    partitions = {name for (name,) in ask(PARTITIONS)}
    assert partitions
    assert not partitions & {table for _, table, _ in ask(TABLES)}


def test_functions_are_called_by_whom_they_were_made_for():
    assert dict(ask(CALLS)) == FUNCTIONS


def test_sequences_are_counted_and_not_set():
    assert set(ask(SEQUENCES)) == {("fanz_app", "USAGE"), ("fanz_app", "SELECT"), ("fanz_tenant", "USAGE")}


def test_no_table_is_declared_that_does_not_exist():
    assert APP.keys() | TENANT.keys() <= tables()


def test_rows_a_platform_reads_or_changes_are_fenced():
    fenced = {table for table, is_on, has_policy in ask(FENCES) if is_on and has_policy}
    open_tables = {table for table, rights in TENANT.items() if "UPDATE" in rights or "SELECT" in rights} - fenced
    assert open_tables == {
        "audit_record", "outbox",  # written only; of SELECT there are the numbers that INSERT returns
        "approval_amount_bound", "approval_policy", "cluster",  # the same for all
            "switch", "ledger_kind", "ledger_period",  # the same for all
        "ledger_entry", "ledger_row",  # views that ask with the rights of whoever reads them
    }  # fmt: skip


def test_the_app_owns_nothing_and_cannot_go_around_the_fences():
    assert ask("SELECT count(*) FROM pg_class WHERE relowner IN ('fanz_app'::regrole, 'fanz_tenant'::regrole)") == [
        (0,)
    ]
    roles = ask("SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolcanlogin FROM pg_roles")
    rights = {name: rest for name, *rest in roles}
    assert rights["fanz_app"] == [False, False, False, False, True]
    assert rights["fanz_tenant"] == [False, False, False, False, False]


# Functions that name tables, and where each looks for them.
LOOKS = """
SELECT p.proname, coalesce(array_to_string(p.proconfig, ','), '') FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
WHERE p.pronamespace = 'public'::regnamespace AND l.lanname IN ('sql', 'plpgsql')
  AND regexp_replace(p.prosrc, 'distinct from', '', 'gi') ~* '\\m(from|into|update|join)\\M\\s+[a-z_]+'
"""


def test_functions_that_ask_tables_say_where_they_look():
    looks = dict(ask(LOOKS))
    assert "approval_guard_decision" in looks
    pinned = "search_path=public, pg_temp"
    assert [name for name in FUNCTIONS if pinned not in looks.get(name, pinned)] == []
