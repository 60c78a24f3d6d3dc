"""Whoever gets hold of a role finds only the functions; even the owner cannot rewrite history with the triggers on."""

import contextlib
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import connection, transaction

from foundation.ids import uuid7
from ledger.services import place_hold, post, reverse
from tests.cast import platform
from tests.ledger.books import as_app, as_owner, fees, pay, rows, usd, wallet, world

pytestmark = pytest.mark.django_db(transaction=True)

TABLES = (
    "ledger_transfer", "ledger_archive", "ledger_transfer_key", "ledger_balance", "ledger_account", "ledger_reversed",
    "ledger_redated", "ledger_hold", "ledger_hold_raise", "ledger_hold_reason", "ledger_period",
)  # fmt: skip
INNER = (
    "ledger_take_back(gen_random_uuid(), gen_random_uuid(), 1, 2, 3, 'USD')", "ledger_reserve(1, 'USD', -5, false)",
    "ledger_use_hold(gen_random_uuid(), gen_random_uuid(), 1, 2, 3, 'USD', false)", "ledger_make_partitions(1)",
    "ledger_give_reason(gen_random_uuid(), 'x')", "nextval('ledger_transfer_seq')", "setval('ledger_transfer_seq', 1)",
)  # fmt: skip


@pytest.fixture
def story():
    """Some rows in every table."""
    sam, maya = wallet(1000), wallet()
    sale = post(pay(sam, maya, 300))
    reverse(sale.id, id=uuid7(), amount=usd(20))
    place_hold(id=uuid7(), account_id=sam, amount=usd(10), reason="freeze:1")
    post(pay(sam, maya, 1, effective_at=datetime.now(UTC) - timedelta(days=1)))
    return sam, maya, sale


def sqlstate(session, statement):
    with pytest.raises(psycopg.Error) as raised:
        session.execute(statement.encode())
    return raised.value.sqlstate


@pytest.mark.parametrize("role", ["fanz_app", "fanz_tenant"])
@pytest.mark.parametrize("table", [*TABLES, "ledger_kind", "ledger_transfer_rest"])
def test_the_roles_of_the_product_write_no_table(role, table, story):
    with as_app() as session:
        session.execute(f"SET ROLE {role}".encode())
        column = session.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum = 1", [table]
        ).fetchone()[0]
        for statement in (
            f"INSERT INTO {table} DEFAULT VALUES", f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}",
            f"TRUNCATE {table}", f"ALTER TABLE {table} DISABLE TRIGGER ALL", f"DROP TABLE {table}",
        ):  # fmt: skip
            assert sqlstate(session, statement) == "42501", statement


@pytest.mark.parametrize("call", INNER)
def test_the_inner_functions_are_nobodys(call):
    with as_app() as session:
        assert sqlstate(session, f"SELECT {call}") == "42501"


def test_the_product_turns_no_trigger_off():
    with as_app() as session:
        assert sqlstate(session, "SET session_replication_role = replica") == "42501"


@pytest.mark.parametrize("table", [table for table in TABLES if table != "ledger_archive"])
def test_the_owner_deletes_nothing(table, story):
    with as_owner() as owner:
        if table == "ledger_period":
            owner.execute("INSERT INTO ledger_period VALUES ('2020-01-01')")
        assert sqlstate(owner, f"DELETE FROM {table}") == "23000"
        assert sqlstate(owner, f"TRUNCATE {table} CASCADE") == "23000"


def test_the_owner_does_not_rewrite_history(story):
    part = rows("SELECT tableoid::regclass::text FROM ledger_transfer LIMIT 1")[0][0]
    with as_owner() as owner:
        for statement in (
            "UPDATE ledger_transfer SET amount = amount + 1",
            "UPDATE ledger_transfer SET meta = '{}'",
            f"UPDATE {part} SET amount = amount + 1",
            f"DELETE FROM {part}",
            f"TRUNCATE {part}",
            "UPDATE ledger_transfer_key SET recorded_at = now()",
            "UPDATE ledger_balance SET floor = -1000000",
            "UPDATE ledger_balance SET currency = 'EUR'",
            "UPDATE ledger_account SET currency = 'EUR'",
            "UPDATE ledger_account SET party_id = gen_random_uuid()",
            "UPDATE ledger_hold SET amount = amount - 1",
            "UPDATE ledger_hold SET account_id = account_id + 1",
            "UPDATE ledger_reversed SET amount = amount + 1",
            "UPDATE ledger_hold_raise SET amount = amount - 1",
        ):
            assert sqlstate(owner, statement) == "23000", statement
        assert sqlstate(owner, "UPDATE ledger_balance SET posted = -1 WHERE floor = 0") == "23514"
        assert sqlstate(owner, "UPDATE ledger_balance SET held = -1 WHERE floor = 0") == "23514"
        assert sqlstate(owner, "UPDATE ledger_balance SET held = posted + 1 WHERE floor = 0 AND posted > 0") == "23514"
        assert sqlstate(owner, "UPDATE ledger_reversed SET reversed = amount + 1") == "23514"


def test_an_unbalanced_or_second_version_cannot_be_written_at_all(story):
    copied = (
        "INSERT INTO ledger_transfer SELECT (jsonb_populate_record(t, '{changes}')).* FROM ledger_transfer t "
        "ORDER BY seq DESC LIMIT 1"
    )
    with as_owner() as owner:
        assert sqlstate(owner, copied.format(changes='{"id": "00000000-0000-0000-0000-000000000001"}')) == "23505"
        assert (
            sqlstate(owner, copied.format(changes='{"amount": 0, "debit_version": 99, "credit_version": 99}'))
            == "23514"
        )
        one = rows("SELECT debit_account FROM ledger_transfer ORDER BY seq DESC LIMIT 1")[0][0]
        same = copied.format(changes=f'{{"credit_account": {one}, "debit_version": 99, "credit_version": 98}}')
        assert sqlstate(owner, same) == "23514"


def test_a_platform_sees_its_own_accounts_alone():
    from ledger.services import open_account
    from ledger.types import AccountKey

    boy, girl = platform("boyfanz"), platform("girlfanz")
    party = uuid7()
    ours = open_account(AccountKey("story", "wallet", "USD", party_id=party, platform_id=boy.pk))
    theirs = open_account(AccountKey("story", "wallet", "USD", party_id=party, platform_id=girl.pk))
    post(pay(world(), ours, 50))
    post(pay(world(), theirs, 70))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('role', 'fanz_tenant', true), set_config('app.platform', %s, true)", [str(boy.pk)]
        )
        assert rows("SELECT id FROM ledger_account") == [(ours,)]
        assert rows("SELECT account_id, posted FROM ledger_balance") == [(ours, 50)]
        assert rows("SELECT amount FROM ledger_row") == [(50,)]
        assert rows("SELECT ledger_posted_at(%s, now())", theirs) == [(None,)]
        assert post(pay(ours, fees(), 20)).is_new
        assert rows("SELECT posted FROM ledger_balance WHERE account_id = %s", ours) == [(30,)]


def test_no_temporary_table_answers_for_a_real_one():
    sam, maya = wallet(1000), wallet()
    with as_app() as session:
        with contextlib.suppress(psycopg.errors.InsufficientPrivilege):
            session.execute("CREATE TEMP TABLE ledger_balance AS SELECT * FROM public.ledger_balance")
        session.execute("SELECT * FROM ledger_post_one(gen_random_uuid(), NULL, 'sale', %s, %s, 5, 'USD')", [sam, maya])
    assert rows("SELECT posted FROM ledger_balance WHERE account_id = %s", maya) == [(5,)]
