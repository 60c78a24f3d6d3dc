"""XA1: someone with the owner's password changes history in every way there is; the chain must tell each time."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from typing import Any

import psycopg
from django.db import connection

from foundation.actors import Actor, ActorKind
from foundation.audit.services import record
from foundation.faults import Battery, Run, batteries
from foundation.seal import roots
from foundation.seal.chain import block_hash
from foundation.seal.models import SealBlock
from foundation.seal.services import seal_source
from foundation.seal.verify import verify_all

TABLES = ("audit_record", "audit_personal", "seal_block", "seal_epoch")
BLOCKS, ROWS_PER_BLOCK = 8, 6
EDITS = {
    "actor": "'user:someone-else'", "party_id": "gen_random_uuid()", "action": "'nothing.happened'",
    "outcome": "CASE outcome WHEN 'done' THEN 'refused' ELSE 'done' END", "subject_type": "'other'",
    "subject_id": "'42'", "platform_id": "gen_random_uuid()", "reason": "'because'", "facts": "'{\"amount_minor\": 1}'",
    "request_id": "'another-request'", "at": "at + interval '1 microsecond'", "commitment": "sha256('x')",
    "xact": "(xact::text::bigint + 1)::text::xid8", "id": "id + 1000000",
}  # fmt: skip
BLOCK_EDITS = {
    "count": "count + 1", "root": "sha256('x')", "previous": "sha256('x')", "hash": "sha256('x')",
    "sealed_at": "sealed_at - interval '1 microsecond'", "xact_until": "xact_until + 1", "last_id": "last_id + 1",
    "number": "number + 1000", "epoch": "epoch + 1", "is_import": "NOT is_import",
}  # fmt: skip


class Intruder:
    """Owner of the database, triggers off, with a copy of everything to put back after each trial."""

    def __init__(self, run: Run) -> None:
        self.random = run.random
        self.connection = psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True)
        self.connection.execute("SET session_replication_role = replica")
        self.copies = {table: self._copy_of(table) for table in TABLES}
        self.files = {file: file.read_text() for file in roots.folder().iterdir()}

    def do(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        cursor = self.connection.execute(sql.encode(), values)
        return cursor.fetchall() if cursor.description else []

    def some(self, table: str = "audit_record", column: str = "id") -> int:
        return int(self.random.choice(self.do(f"SELECT {column} FROM {table} ORDER BY 1"))[0])  # noqa: S608

    def put_back(self) -> None:
        with self.connection.transaction(), self.connection.cursor() as cursor:
            for table, rows in self.copies.items():
                cursor.execute(f"DELETE FROM {table}".encode())  # noqa: S608
                with cursor.copy(f"COPY {table} FROM STDIN".encode()) as copy:
                    copy.write(rows)
        for file, text in self.files.items():
            file.write_text(text)

    def _copy_of(self, table: str) -> bytes:
        wanted = f"COPY (SELECT * FROM {table}) TO STDOUT"  # noqa: S608
        with self.connection.cursor().copy(wanted.encode()) as copy:
            return b"".join(bytes(part) for part in copy)


def edit(intruder: Intruder) -> str:
    column = intruder.random.choice(list(EDITS))
    number = intruder.some()
    intruder.do(f"UPDATE audit_record SET {column} = {EDITS[column]} WHERE id = %s", number)  # noqa: S608
    return f"edited {column} of #{number}"


def delete(intruder: Intruder) -> str:
    number = intruder.some()
    intruder.do("DELETE FROM audit_record WHERE id = %s", number)
    return f"deleted #{number}"


def insert(intruder: Intruder) -> str:
    number = intruder.some()
    intruder.do(
        "INSERT INTO audit_record SELECT (r).* FROM (SELECT jsonb_populate_record(a, "
        "jsonb_build_object('id', a.id + 500000)) AS r FROM audit_record a WHERE id = %s) AS forged",
        number,
    )
    return f"inserted a forged copy of #{number}"


def reorder(intruder: Intruder) -> str:
    first, second = intruder.some(), intruder.some()
    while second == first:
        second = intruder.some()
    intruder.do("UPDATE audit_record SET id = -1 WHERE id = %s", first)
    intruder.do("UPDATE audit_record SET id = %s WHERE id = %s", first, second)
    intruder.do("UPDATE audit_record SET id = %s WHERE id = -1", second)
    return f"swapped #{first} and #{second}"


def cut_the_tail(intruder: Intruder) -> str:
    number = intruder.random.randint(1, BLOCKS)
    start = SealBlock.objects.get(source="audit", number=number).xact_from
    intruder.do("DELETE FROM audit_record WHERE xact >= %s::text::xid8", str(start))
    intruder.do("DELETE FROM seal_block WHERE number >= %s", number)
    return f"cut everything from block #{number} on"


def edit_a_block(intruder: Intruder) -> str:
    column, number = intruder.random.choice(list(BLOCK_EDITS)), intruder.some("seal_block", "number")
    intruder.do(f"UPDATE seal_block SET {column} = {BLOCK_EDITS[column]} WHERE number = %s", number)  # noqa: S608
    return f"edited {column} of block #{number}"


def delete_a_block(intruder: Intruder) -> str:
    number = intruder.some("seal_block", "number")
    intruder.do("DELETE FROM seal_block WHERE number = %s", number)
    return f"deleted block #{number}"


def rewrite_the_chain(intruder: Intruder) -> str:
    said = intruder.random.choice([edit, delete, insert])(intruder)
    intruder.do("DELETE FROM seal_block")
    seal_source("audit")
    return f"{said} and sealed everything anew"


def rewrite_from_one_block_on(intruder: Intruder) -> str:
    number = intruder.some("seal_block", "number")
    previous: bytes | None = None
    for block in SealBlock.objects.filter(source="audit", number__gte=number).order_by("number"):
        block.previous = previous or block.previous
        block.sealed_at = block.sealed_at.replace(microsecond=(block.sealed_at.microsecond + 1) % 1_000_000)
        previous = block_hash(block)
        intruder.do(
            "UPDATE seal_block SET previous = %s, sealed_at = %s, hash = %s WHERE number = %s",
            bytes(block.previous), block.sealed_at, previous, block.number,
        )  # fmt: skip
    return f"rewrote the chain from block #{number} on"


def forge_a_root(intruder: Intruder) -> str:
    file = intruder.random.choice(sorted(intruder.files))
    line = json.loads(file.read_text().splitlines()[-1])
    line["number"], line["hash"] = 1, bytes(SealBlock.objects.get(source="audit", number=1).hash).hex()
    file.write_text(json.dumps(line) + "\n")
    return f"forged a root in {file.name}"


def edit_the_personal_half(intruder: Intruder) -> str:
    number = intruder.some("audit_personal", "record_id")
    intruder.do("""UPDATE audit_personal SET values = '{"ip": "203.0.113.9"}' WHERE record_id = %s""", number)
    return f"gave #{number} another address"


TAMPERS: tuple[Callable[[Intruder], str], ...] = (
    edit, delete, insert, reorder, cut_the_tail, edit_a_block, delete_a_block, rewrite_the_chain,
    rewrite_from_one_block_on, forge_a_root, edit_the_personal_half,
)  # fmt: skip


def tamper_with_audit(run: Run) -> None:
    """Build a chain, change it in one way, verify, put it back; a change nobody notices is a violation."""
    write_a_chain()
    intruder = Intruder(run)
    for trial in run:
        said = TAMPERS[trial % len(TAMPERS)](intruder)
        if not verify_all("audit").findings:
            run.violated(f"{said}, and nobody noticed")
        intruder.put_back()
        if trial % 20 == 0 and (false := verify_all("audit").findings):
            run.violated(f"a sound chain was called unsound: {false[0].detail}")
            break
    intruder.connection.close()


def write_a_chain() -> None:
    """Some blocks of records, sealed, with roots outside that know all of them."""
    by = Actor(ActorKind.USER, "tamper", source={"ip": "192.0.2.1", "agent": "battery"})
    deadline = time.monotonic() + 60
    while SealBlock.objects.filter(source="audit").count() < BLOCKS:
        if time.monotonic() > deadline:
            raise TimeoutError("the sealer does not get on: a transaction somewhere stays open")
        for number in range(ROWS_PER_BLOCK):
            record("battery.written", by=by, number=number)
        seal_source("audit")
    roots.export_when_due("audit")
    connection.close()


batteries.add("audit_tamper", Battery("Every way to change the audit trail is noticed (XA1)", tamper_with_audit))
