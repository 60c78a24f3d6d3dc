"""What holds whoever writes must still be there: triggers, constraints, grants, fences, and the functions' own text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ledger.selectors.asking import ask

SQL = Path(__file__).resolve().parents[1] / "sql"
ONCE, STAYS, WHOLE, SAME = "ledger_written_once", "ledger_stays", "ledger_no_truncate", "ledger_keeps_identity"
TRIGGERS: dict[str, set[str]] = {
    "ledger_transfer": {ONCE, WHOLE},
    "ledger_archive": {ONCE, WHOLE},
    "ledger_transfer_key": {ONCE, WHOLE},
    "ledger_redated": {ONCE, WHOLE},
    "ledger_period": {ONCE, WHOLE},
    "ledger_hold_raise": {ONCE, WHOLE},
    "ledger_account": {STAYS, WHOLE, SAME},
    "ledger_balance": {STAYS, WHOLE, SAME},
    "ledger_hold": {STAYS, WHOLE, SAME},
    "ledger_hold_reason": {STAYS, WHOLE},
    "ledger_reversed": {STAYS, WHOLE, SAME},
}
CONSTRAINTS: dict[str, set[str]] = {
    "ledger_kind": {
        "ledger_kind_pkey", "ledger_kind_hot", "ledger_kind_kind_check", "ledger_kind_purpose_check",
        "ledger_kind_normal_side_check", "ledger_kind_slots_check",
    },
    "ledger_account": {
        "ledger_account_pkey", "ledger_account_path", "ledger_account_kind_purpose_fkey", "ledger_account_id_check",
        "ledger_account_currency_check", "ledger_account_source_check",
    },
    "ledger_balance": {"ledger_balance_pkey", "ledger_floor"},
    "ledger_transfer": {"ledger_transfer_moves"},
    "ledger_archive": {"ledger_transfer_moves"},
    "ledger_transfer_key": {"ledger_transfer_key_pkey"},
    "ledger_redated": {"ledger_redated_pkey"},
    "ledger_reversed": {
        "ledger_reversed_pkey", "ledger_reversed_at_most", "ledger_reversed_id_fkey", "ledger_reversed_reversed_check",
    },
    "ledger_hold": {
        "ledger_hold_pkey", "ledger_hold_state", "ledger_hold_at_most", "ledger_hold_settled",
        "ledger_hold_amount_check", "ledger_hold_captured_check", "ledger_hold_released_check",
        "ledger_hold_account_id_fkey",
        "ledger_hold_credit_account_fkey",
    },
    "ledger_hold_raise": {
        "ledger_hold_raise_pkey", "ledger_hold_raise_hold_id_fkey", "ledger_hold_raise_asked_check",
        "ledger_hold_raise_check",
    },
    "ledger_hold_reason": {
        "ledger_hold_reason_pkey", "ledger_hold_reason_hold_id_fkey", "ledger_hold_reason_reason_check",
    },
    "ledger_period": {"ledger_period_pkey"},
    "-": {"ledger_amount", "ledger_reserved"},
}  # fmt: skip
# The words of those that the balance of the books hangs on.
WORDS = {
    "ledger_floor": "CHECK (((posted - (held)::bigint) >= floor))",
    "ledger_transfer_moves": "CHECK ((debit_account <> credit_account))",
    "ledger_reversed_at_most": "CHECK ((reversed <= amount))",
    "ledger_hold_at_most": "CHECK (((captured + released) <= amount))",
    "ledger_amount": "CHECK (((VALUE >= 1) AND (VALUE <= '9007199254740991'::bigint)))",
    "ledger_reserved": "CHECK ((VALUE >= 0))",
}
FENCED = {
    "ledger_account", "ledger_balance", "ledger_transfer", "ledger_archive", "ledger_transfer_key", "ledger_redated",
}  # fmt: skip
BOTH, APP_ALONE = ["fanz_app", "fanz_tenant"], ["fanz_app"]
# Who may call which function; those not named nobody but their owner may.
CALLERS = dict.fromkeys(
    ("ledger_open_account", "ledger_post_one", "ledger_post", "ledger_place_hold", "ledger_raise_hold",
     "ledger_void_hold", "ledger_lift_reason", "ledger_slot_at", "ledger_posted_at_version", "ledger_posted_at",
     "ledger_posted_effective", "ledger_history"), BOTH,
) | dict.fromkeys(
    ("ledger_close_account", "ledger_reopen_account", "ledger_expire_holds", "ledger_close_period",
     "ledger_archive_month", "ledger_lock_creator"), APP_ALONE,
)  # fmt: skip
READS = {"fanz_app": "SELECT", "fanz_tenant": "SELECT"}

FOUND_TRIGGERS = """
SELECT tgrelid::regclass::text, tgname FROM pg_trigger
WHERE NOT tgisinternal AND tgenabled IN ('O', 'A') AND starts_with(tgname, 'ledger_')
"""
FOUND_CONSTRAINTS = """
SELECT CASE WHEN conrelid = 0 THEN '-' ELSE conrelid::regclass::text END, conname, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND convalidated AND starts_with(conname, 'ledger_')
"""
PARTS = """
SELECT inhrelid::regclass::text FROM pg_inherits
WHERE inhparent IN ('ledger_transfer'::regclass, 'ledger_archive'::regclass)
"""
SIDES = """
SELECT indrelid::regclass::text, pg_get_indexdef(indexrelid, 1, true) FROM pg_index
WHERE indisunique AND indisvalid AND indnatts = 3 AND starts_with(indrelid::regclass::text, 'ledger_transfer_')
"""
RIGHTS = """
SELECT c.relname, x.grantee::regrole::text, x.privilege_type FROM pg_class c, aclexplode(c.relacl) AS x
WHERE c.relnamespace = 'public'::regnamespace AND starts_with(c.relname, 'ledger_') AND x.grantee <> c.relowner
UNION ALL
SELECT c.relname, x.grantee::regrole::text, x.privilege_type || ' of a column'
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid, aclexplode(a.attacl) AS x
WHERE c.relnamespace = 'public'::regnamespace AND starts_with(c.relname, 'ledger_') AND x.grantee <> c.relowner
"""
FUNCTIONS = """
SELECT proname, prosrc, coalesce(proconfig::text, ''), ARRAY(
    SELECT CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE x.grantee::regrole::text END
    FROM aclexplode(coalesce(proacl, acldefault('f', proowner))) AS x WHERE x.grantee <> proowner ORDER BY 1)
FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND starts_with(proname, 'ledger_')
"""
UNFENCED = """
SELECT relname FROM pg_class WHERE oid = ANY (%s::regclass[]) AND NOT (relrowsecurity AND EXISTS (
    SELECT FROM pg_policy WHERE polrelid = pg_class.oid AND polroles = ARRAY['fanz_tenant'::regrole::oid]))
"""
Missing = tuple[str, str]


def missing_guards() -> Iterator[Missing]:
    """What should stand around the books and does not, or stands there too much."""
    yield from _triggers()
    yield from _constraints()
    yield from _rights()
    yield from _functions()
    for (table,) in ask(UNFENCED, [sorted(FENCED)]):
        yield f"table {table}", "does not keep platforms apart"


def _triggers() -> Iterator[Missing]:
    found = set(ask(FOUND_TRIGGERS))
    wanted = {(table, name) for table, names in TRIGGERS.items() for name in names}
    parts = [part for (part,) in ask(PARTS)]
    wanted |= {(part, name) for part in parts for name in (ONCE, WHOLE)}
    for table, name in sorted(wanted - found):
        yield f"table {table}", f"its trigger {name} is gone or off"
    sides = set(ask(SIDES))
    for part in sorted(parts):
        for side in ("debit_account", "credit_account"):
            if (part, side) not in sides:
                yield f"table {part}", f"versions of its {side} are not kept unique"


def _constraints() -> Iterator[Missing]:
    found = {(table, name): words for table, name, words in ask(FOUND_CONSTRAINTS)}
    for table, names in CONSTRAINTS.items():
        for name in sorted(names):
            words = found.get((table, name))
            if words is None:
                yield f"table {table}", f"its constraint {name} is gone or not valid"
            elif WORDS.get(name, words) != words:
                yield f"table {table}", f"its constraint {name} says {words}"


def _rights() -> Iterator[Missing]:
    for table, role, right in ask(RIGHTS):
        if READS.get(role) != right:
            yield f"table {table}", f"{role} has {right} on it"


def _functions() -> Iterator[Missing]:
    ours = "\n".join(file.read_text() for file in sorted(SQL.glob("*.sql")))
    found = ask(FUNCTIONS)
    for name, source, settings, callers in found:
        wanted = CALLERS.get(name, [])
        if callers != wanted:
            yield f"function {name}", f"may be called by {', '.join(callers) or 'nobody'}"
        if source not in ours:
            yield f"function {name}", "is not the one we wrote"
        if name in CALLERS and "search_path=public, pg_temp" not in settings:
            yield f"function {name}", "does not say where it looks"
    for name in sorted(CALLERS.keys() - {row[0] for row in found}):
        yield f"function {name}", "is gone"
