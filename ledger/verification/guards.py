"""What holds whoever writes must still be there: triggers, constraints, grants, fences, and the functions' own text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from foundation import clock
from ledger.selectors.asking import ask

SQL = Path(__file__).resolve().parents[1] / "sql"
HOUSE = Path(clock.__file__).parent / "migrations" / "0001_initial.py"
ONCE, STAYS, WHOLE, SAME = "ledger_written_once", "ledger_stays", "ledger_no_truncate", "ledger_keeps_identity"
REFUSED = "EXECUTE FUNCTION fanz_refuse_change()"
ONCE_SAYS, STAYS_SAYS = f"BEFORE DELETE OR UPDATE EACH ROW {REFUSED}", f"BEFORE DELETE EACH ROW {REFUSED}"
KEPT_WHOLE = {WHOLE: f"BEFORE TRUNCATE EACH STATEMENT {REFUSED}"}
KEPT_ONCE, KEPT_STAYING = KEPT_WHOLE | {ONCE: ONCE_SAYS}, KEPT_WHOLE | {STAYS: STAYS_SAYS}
TRIGGERS: dict[str, dict[str, str]] = {
    **dict.fromkeys(
        ("ledger_transfer", "ledger_archive", "ledger_transfer_key", "ledger_redated", "ledger_period",
         "ledger_hold_raise"), KEPT_ONCE,
    ),
    **dict.fromkeys(("ledger_hold_reason", "ledger_turnover", "ledger_turnover_mark"), KEPT_STAYING),
    "ledger_account": KEPT_STAYING | {SAME: "BEFORE UPDATE EACH ROW EXECUTE FUNCTION ledger_guard_account()"},
    "ledger_balance": KEPT_STAYING
    | {SAME: f"BEFORE UPDATE OF account_id, slot, currency, floor EACH STATEMENT {REFUSED}"},
    "ledger_hold": KEPT_STAYING | {SAME: "BEFORE UPDATE EACH ROW EXECUTE FUNCTION ledger_guard_hold()"},
    "ledger_reversed": KEPT_STAYING | {SAME: f"BEFORE UPDATE OF id, amount EACH ROW {REFUSED}"},
}  # fmt: skip
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
    "ledger_turnover": {"ledger_turnover_pkey", "ledger_turnover_kind_check"},
    "ledger_turnover_mark": {"ledger_turnover_mark_pkey"},
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
# What a platform's own connection sees of each table.
OF_ACCOUNT = "(EXISTS ( SELECT FROM ledger_account a WHERE (a.id = {}.account_id)))"
OF_SIDES = "(EXISTS ( SELECT FROM ledger_account a WHERE (a.id = ANY (ARRAY[{0}.debit_account, {0}.credit_account]))))"
FENCED = {
    "ledger_account": "(platform_id = fanz_platform())",
    **{
        table: OF_ACCOUNT.format(table)
        for table in ("ledger_balance", "ledger_redated", "ledger_turnover", "ledger_turnover_mark")
    },
    **{table: OF_SIDES.format(table) for table in ("ledger_transfer", "ledger_archive")},
    "ledger_transfer_key": "(EXISTS ( SELECT FROM ledger_row r WHERE ((r.debit_account = "
    "ledger_transfer_key.debit_account) AND (r.debit_slot = ledger_transfer_key.debit_slot) AND (r.debit_version = "
    "ledger_transfer_key.debit_version) AND (r.recorded_at = ledger_transfer_key.recorded_at))))",
}
# The views that every question and proof reads, as fingerprints of their words.
VIEWS = {
    "ledger_row": "f23de2f5a9e52bf09147df556430b05a642e5ac9e4966efdba2a5b2e056f1449",
    "ledger_entry": "9947ad5bdc20ceaa3c9770d83597696a45927832cd2b63cb7325037bce100639",
    "ledger_sealed": "f8532d25dc424351b76cf03387e846ebce81beaf2462b957654148af8e0148f8",
}
# Functions of the house on which these guards hang.
SHARED = ("fanz_refuse_change", "fanz_platform")
BOTH, APP_ALONE = ["fanz_app", "fanz_tenant"], ["fanz_app"]
# Who may call which function; those not named nobody but their owner may.
CALLERS = dict.fromkeys(
    ("ledger_open_account", "ledger_post_one", "ledger_post", "ledger_place_hold", "ledger_raise_hold",
     "ledger_void_hold", "ledger_lift_reason", "ledger_slot_at", "ledger_posted_at_version", "ledger_posted_at",
     "ledger_posted_effective", "ledger_history",
     "ledger_redated_by", "ledger_next_lines", "ledger_redated_moves"), BOTH,
) | dict.fromkeys(
    ("ledger_close_account", "ledger_reopen_account", "ledger_expire_holds", "ledger_close_period",
     "ledger_archive_month", "ledger_lock_creator", "ledger_set_turnover_border", "ledger_add_turnover",
     "ledger_busy_accounts"), APP_ALONE,
)  # fmt: skip
READ_BY_TENANT = {*FENCED, "ledger_kind", "ledger_row", "ledger_entry", "ledger_period"}

FOUND_TRIGGERS = """
SELECT tgrelid::regclass::text, tgname,
    regexp_replace(pg_get_triggerdef(oid), '^CREATE.* TRIGGER \\S+ (.*) ON \\S+ FOR (.*)$', '\\1 \\2'),
    tgenabled IN ('O', 'A')
FROM pg_trigger WHERE NOT tgisinternal AND starts_with(tgrelid::regclass::text, 'ledger_')
"""
RULES = """
SELECT ev_class::regclass::text, rulename FROM pg_rewrite
WHERE starts_with(ev_class::regclass::text, 'ledger_') AND rulename <> '_RETURN'
"""
FOUND_VIEWS = """
SELECT relname, encode(sha256(convert_to(regexp_replace(pg_get_viewdef(oid), '\\s', '', 'g'), 'UTF8')), 'hex'),
    coalesce(reloptions::text, '')
FROM pg_class WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace AND starts_with(relname, 'ledger_')
"""
FOUND_POLICIES = """
SELECT tablename, array_to_string(roles, ','), permissive, regexp_replace(qual, '\\s+', ' ', 'g'), with_check
FROM pg_policies WHERE schemaname = 'public' AND starts_with(tablename, 'ledger_')
"""
# Who owns the books may do anything to them; who is not fenced sees everything.
TOO_MIGHTY = """
SELECT rolname FROM pg_roles
WHERE rolname IN ('fanz_app', 'fanz_tenant') AND (rolsuper OR rolbypassrls OR rolcreaterole OR EXISTS (
    SELECT FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND starts_with(c.relname, 'ledger_')
        AND pg_has_role(pg_roles.oid, c.relowner, 'MEMBER')))
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
FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND (starts_with(proname, 'ledger_') OR proname = ANY (%s))
"""
UNFENCED = "SELECT relname FROM pg_class WHERE oid = ANY (%s::regclass[]) AND NOT relrowsecurity"
Missing = tuple[str, str]


def missing_guards() -> Iterator[Missing]:
    """What should stand around the books and does not, or stands there too much."""
    yield from _triggers()
    yield from _constraints()
    yield from _rights()
    yield from _functions()
    yield from _fences()
    yield from _views()


def _triggers() -> Iterator[Missing]:
    found = {(table, name): (words, is_on) for table, name, words, is_on in ask(FOUND_TRIGGERS)}
    parts = [part for (part,) in ask(PARTS)]
    wanted = {(table, name): words for table, named in TRIGGERS.items() for name, words in named.items()}
    wanted |= {(part, name): words for part in parts for name, words in KEPT_ONCE.items()}
    for (table, name), words in sorted(wanted.items()):
        said, is_on = found.get((table, name), ("", False))
        if not is_on:
            yield f"table {table}", f"its trigger {name} is gone or off"
        elif said != words:
            yield f"table {table}", f"its trigger {name} says {said}"
    for table, name in sorted(found.keys() - wanted.keys()):
        yield f"table {table}", f"has a trigger {name} that we did not write"
    for table, name in ask(RULES):
        yield f"table {table}", f"has a rule {name} that we did not write"
    sides = set(ask(SIDES))
    for part in sorted(parts):
        for side in ("debit_account", "credit_account"):
            if (part, side) not in sides:
                yield f"table {part}", f"versions of its {side} are not kept unique"


def _fences() -> Iterator[Missing]:
    for (table,) in ask(UNFENCED, [sorted(FENCED)]):
        yield f"table {table}", "does not keep platforms apart"
    wanted = {(table, "fanz_tenant", "PERMISSIVE", words, None) for table, words in FENCED.items()}
    wanted |= {(table, "fanz_app", "PERMISSIVE", "true", None) for table in FENCED}
    found = set(ask(FOUND_POLICIES))
    for table, role, *_ in sorted(wanted - found):
        yield f"table {table}", f"what {role} sees of it is not what it should"
    for table, role, *_ in found - wanted:
        yield f"table {table}", f"has a policy for {role} that we did not write"
    for (role,) in ask(TOO_MIGHTY):
        yield f"role {role}", "may do what only the owner of the books may"


def _views() -> Iterator[Missing]:
    found = {name: (words, options) for name, words, options in ask(FOUND_VIEWS)}
    for name in sorted(VIEWS.keys() | found.keys()):
        if found.get(name) != (VIEWS.get(name), "{security_invoker=true}"):
            yield f"view {name}", "is not the one we wrote"


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
        if right != "SELECT" or not (role == "fanz_app" or (role == "fanz_tenant" and table in READ_BY_TENANT)):
            yield f"table {table}", f"{role} has {right} on it"


def _functions() -> Iterator[Missing]:
    ours = "\n".join(file.read_text() for file in [*sorted(SQL.glob("*.sql")), HOUSE])
    found = ask(FUNCTIONS, [list(SHARED)])
    for name, source, settings, callers in found:
        if name in SHARED:
            if source not in ours:
                yield f"function {name}", "is not the one we wrote"
            continue
        wanted = CALLERS.get(name, [])
        if callers != wanted:
            yield f"function {name}", f"may be called by {', '.join(callers) or 'nobody'}"
        if source not in ours:
            yield f"function {name}", "is not the one we wrote"
        if name in CALLERS and "search_path=public, pg_temp" not in settings:
            yield f"function {name}", "does not say where it looks"
    for name in sorted(CALLERS.keys() - {row[0] for row in found}):
        yield f"function {name}", "is gone"
