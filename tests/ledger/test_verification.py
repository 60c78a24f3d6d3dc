"""What a superuser changes past every guard is found and named; a guard that is gone is missed."""

import pytest
from django.core.management import call_command

from foundation.commands import Exit
from foundation.ids import uuid7
from ledger import chart
from ledger.services import capture_hold, open_account, place_hold, post, post_many, reverse
from ledger.verification import verify
from ledger.verification.guards import CALLERS, CONSTRAINTS, FENCED, TRIGGERS, VIEWS
from tests.ledger.books import as_owner, fees, pay, rows, seal_everything, usd, wallet

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.tampers]

EDITS = {
    "id": "gen_random_uuid()", "journal_id": "gen_random_uuid()", "seq": "seq + 1000000",
    "xact": "(xact::text::bigint + 1)::text::xid8", "recorded_at": "recorded_at + interval '1 microsecond'",
    "effective_at": "effective_at - interval '1 day'", "amount": "amount + 1",
    "debit_account": "debit_account + 1000", "debit_version": "debit_version + 1000",
    "debit_after": "debit_after + 1", "credit_account": "credit_account + 1000",
    "credit_version": "credit_version + 1000", "credit_after": "credit_after + 1",
    "debit_slot": "debit_slot + 1", "credit_slot": "credit_slot + 1", "currency": "'EUR'", "kind": "'gift'",
    "reverses": "gen_random_uuid()", "hold_id": "gen_random_uuid()", "meta": "'{\"edited\": true}'",
}  # fmt: skip
OTHER_EDITS = {
    "balance": "UPDATE ledger_balance SET posted = posted + 1 WHERE account_id = {sam}",
    "two balances": "UPDATE ledger_balance SET posted = posted + CASE account_id WHEN {sam} THEN 1 ELSE -1 END "
    "WHERE account_id IN ({sam}, {maya})",
    "version": "UPDATE ledger_balance SET version = version + 1 WHERE account_id = {sam}",
    "held": "UPDATE ledger_balance SET held = held + 1 WHERE account_id = {sam}",
    "floor": "UPDATE ledger_balance SET floor = -5 WHERE account_id = {sam}",
    "open": "UPDATE ledger_balance SET is_open = false WHERE account_id = {sam}",
    "no balance": "DELETE FROM ledger_balance WHERE account_id = {sam}",
    "no account": "DELETE FROM ledger_account WHERE id = {sam}",
    "account currency": "UPDATE ledger_account SET currency = 'EUR' WHERE id = {sam}",
    "no transfer": "DELETE FROM ledger_transfer WHERE id = '{sale}'",
    "no key": "DELETE FROM ledger_transfer_key WHERE id = '{sale}'",
    "twice": "INSERT INTO ledger_transfer SELECT (jsonb_populate_record(t, jsonb_build_object('recorded_at', "
    "t.recorded_at + interval '1 month'))).* FROM ledger_transfer t WHERE id = '{sale}'",
    "reversed less": "UPDATE ledger_reversed SET reversed = reversed - 1",
    "never reversed": "DELETE FROM ledger_reversed",
    "hold captured": "UPDATE ledger_hold SET captured = captured - 1, released = released + 1",
    "hold amount": "UPDATE ledger_hold SET amount = amount + 1, released = released + 1",
    "hold gone": "DELETE FROM ledger_hold",
    "raise": "UPDATE ledger_hold_raise SET amount = amount - 1",
    "redated": "DELETE FROM ledger_redated",
    "block": "UPDATE seal_block SET root = sha256('x') WHERE source = 'ledger'",
}


@pytest.fixture
def story(settings, tmp_path):
    """Sound, sealed books with one of everything, and someone who can write past every trigger."""
    from datetime import UTC, datetime, timedelta

    settings.STATE_DIR = tmp_path
    sam, maya, house = wallet(1000), wallet(), fees()
    sale = pay(sam, maya, 300)
    post(sale)
    post_many([pay(sam, maya, 5), pay(maya, house, 2), pay(sam, maya, 7, meta={"a": 1})])
    reverse(sale.id, id=uuid7(), amount=usd(20))
    hold = uuid7()
    place_hold(id=hold, account_id=sam, amount=usd(50))
    capture_hold(hold_id=hold, posting=pay(sam, maya, 30))
    post(pay(sam, maya, 3, effective_at=datetime.now(UTC) - timedelta(days=3)))
    seal_everything()
    assert verify().findings == []
    return {"sam": sam, "maya": maya, "sale": sale.id}


def intrude(statement):
    with as_owner() as owner:
        owner.execute("SET session_replication_role = replica")
        assert owner.execute(statement.encode()).rowcount > 0


@pytest.mark.parametrize("column", EDITS)
def test_an_edit_of_any_column_is_found_and_the_row_named(column, story):
    seq = rows("SELECT seq FROM ledger_row WHERE id = %s", story["sale"])[0][0]
    intrude(f"UPDATE ledger_transfer SET {column} = {EDITS[column]} WHERE id = '{story['sale']}'")

    found = [f"{finding.subject} {finding.detail}" for finding in verify().findings]

    assert any(f"#{seq}" in said for said in found), found


@pytest.mark.parametrize("edit", OTHER_EDITS)
def test_an_edit_elsewhere_is_found(edit, story):
    intrude(OTHER_EDITS[edit].format(**story))
    assert verify().findings


def test_a_passing_account_that_is_not_nil_is_found():
    sales = open_account(chart.account("platform", "sales", "USD", platform=uuid7(), source="tip"))
    sam = wallet(1000)
    post_many([pay(sam, sales, 300), pay(sales, wallet(), 300)])
    assert verify(with_seals=False).findings == []

    post(pay(sam, sales, 7))

    (found,) = verify(with_seals=False).findings
    assert (found.check, found.detail) == ("passing", "is nil after every journal and holds 7")
    assert found.subject.endswith(":tip:sales:USD")


def test_the_command_ends_with_findings(story, capsys):
    call_command("ledger_verify", "--json")
    assert '"is_sound": true' in capsys.readouterr().out
    intrude(OTHER_EDITS["balance"].format(**story))
    with pytest.raises(SystemExit) as end:
        call_command("ledger_verify", "--json")
    assert end.value.code == Exit.FINDINGS


GUARDS = [
    *(f"DROP TRIGGER {name} ON {table}" for table, names in TRIGGERS.items() for name in sorted(names)),
    *(f"ALTER TABLE {table} DISABLE TRIGGER {name}" for table, names in TRIGGERS.items() for name in sorted(names)),
    *(
        f"ALTER TABLE {table} DROP CONSTRAINT {name} CASCADE"
        for table, names in CONSTRAINTS.items() if table != "-" for name in sorted(names)
    ),
    "ALTER DOMAIN ledger_amount DROP CONSTRAINT ledger_amount",
    "ALTER DOMAIN ledger_reserved DROP CONSTRAINT ledger_reserved",
    "ALTER TABLE ledger_balance DROP CONSTRAINT ledger_floor, ADD CONSTRAINT ledger_floor CHECK (true)",
    *(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY" for table in sorted(FENCED)),
    *(f"DROP POLICY own_platform ON {table}" for table in sorted(FENCED)),
    *(f"ALTER POLICY own_platform ON {table} USING (true)" for table in sorted(FENCED)),
    "CREATE POLICY more ON ledger_balance FOR SELECT TO PUBLIC USING (true)",
    "ALTER POLICY own_platform ON ledger_account RENAME TO app_other; DROP POLICY app_all ON ledger_account",
    "CREATE OR REPLACE TRIGGER ledger_written_once BEFORE DELETE ON ledger_period FOR EACH ROW "
    "EXECUTE FUNCTION fanz_refuse_change()",
    "CREATE OR REPLACE TRIGGER ledger_stays BEFORE DELETE ON ledger_balance FOR EACH ROW WHEN (false) "
    "EXECUTE FUNCTION fanz_refuse_change()",
    "CREATE TRIGGER more BEFORE INSERT ON ledger_transfer FOR EACH ROW EXECUTE FUNCTION fanz_refuse_change()",
    "CREATE RULE more AS ON INSERT TO ledger_redated DO INSTEAD NOTHING",
    "CREATE OR REPLACE FUNCTION fanz_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
    "CREATE OR REPLACE FUNCTION fanz_platform() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT uuidv7() $$",
    "CREATE OR REPLACE VIEW ledger_row WITH (security_invoker = true) AS SELECT * FROM ledger_transfer",
    *(f"ALTER VIEW {view} RESET (security_invoker)" for view in sorted(VIEWS)),
    "GRANT SELECT ON ledger_hold TO fanz_tenant",
    *(f"GRANT {right} ON {table} TO fanz_app" for table in TRIGGERS for right in ("INSERT", "UPDATE", "DELETE")),
    "GRANT UPDATE (posted) ON ledger_balance TO fanz_tenant",
    *(f"REVOKE EXECUTE ON FUNCTION {name} FROM fanz_app" for name in sorted(CALLERS)),
    "GRANT EXECUTE ON FUNCTION ledger_reserve TO fanz_app",
    "GRANT EXECUTE ON FUNCTION ledger_post_one TO PUBLIC",
    "ALTER FUNCTION ledger_post_one RESET search_path",
    "CREATE OR REPLACE FUNCTION ledger_check_period(p_effective timestamptz) RETURNS void LANGUAGE plpgsql AS "
    "$$ BEGIN END $$",
]  # fmt: skip


@pytest.mark.parametrize("mutation", GUARDS)
def test_a_guard_that_is_gone_is_missed(mutation, monkeypatch):
    from ledger.verification import guards

    with as_owner() as owner:
        owner.autocommit = False
        monkeypatch.setattr(guards, "ask", lambda sql, values=(): owner.execute(sql.encode(), values).fetchall())
        assert list(guards.missing_guards()) == []
        owner.execute(mutation.encode())
        assert list(guards.missing_guards())
        owner.rollback()


def test_a_month_without_its_unique_versions_is_missed(monkeypatch):
    from ledger.verification import guards

    part = rows(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'ledger_transfer'::regclass LIMIT 1"
    )[0][0]
    with as_owner() as owner:
        owner.autocommit = False
        monkeypatch.setattr(guards, "ask", lambda sql, values=(): owner.execute(sql.encode(), values).fetchall())
        owner.execute(f"DROP INDEX {part}_credit".encode())
        assert list(guards.missing_guards()) == [
            (f"table {part}", "versions of its credit_account are not kept unique")
        ]
        owner.rollback()
