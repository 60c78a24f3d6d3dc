"""Blocks are cut where nothing can appear any more, and chained."""

import os
import resource
import threading
import time
from datetime import timedelta

import psycopg
import pytest
from django.db import connection, connections

from foundation.actors import system
from foundation.audit.models import AuditRecord
from foundation.audit.services import record
from foundation.errors import NotFound
from foundation.seal import roots, services
from foundation.seal.models import SealBlock, SealCheck
from foundation.seal.selectors import chain_state, lag_seconds, proof_of
from foundation.seal.services import Sealer, seal_once
from foundation.seal.sources import scalar
from foundation.seal.verify import verify_all, verify_new

pytestmark = pytest.mark.django_db(transaction=True)
BY = system("tests")


def write(count=1):
    return [record("test.written", by=BY, number=number) for number in range(count)]


def seal():
    """Seal all there is, when transactions that just ended have left the stage."""
    deadline = time.monotonic() + 60
    while sum(block.count for block in blocks()) < AuditRecord.objects.count():
        seal_once()
        assert time.monotonic() < deadline, "rows stay unsealed"


def blocks():
    return list(SealBlock.objects.filter(source="audit"))


def test_each_look_seals_what_was_written_since():
    write(3)
    seal()
    write(2)
    seal()
    seal_once()
    first, second = blocks()
    assert (first.number, first.count) == (1, AuditRecord.objects.count() - 2)
    assert (second.number, second.count) == (2, 2)
    assert bytes(second.previous) == bytes(first.hash)
    assert second.xact_from == first.xact_until
    report = verify_all("audit")
    assert (report.blocks, report.rows, report.findings) == (2, AuditRecord.objects.count(), [])


def test_a_row_still_being_written_waits_and_is_not_forgotten():
    with psycopg.connect(os.environ["DATABASE_URL"]) as slow:
        slow.execute(
            "INSERT INTO audit_record (actor, action, outcome, subject_type, subject_id, reason, facts, request_id) "
            "VALUES ('slow', 'test.slow', 'done', '', '', '', '{}', '')"
        )
        write(2)
        time.sleep(0.2)
        seal_once()
        assert blocks() == []
        assert lag_seconds("audit") >= 0.2
        slow.commit()
    seal()
    (block,) = blocks()
    assert block.count == AuditRecord.objects.count()
    assert lag_seconds("audit") == 0.0
    assert verify_all("audit").findings == []


def test_the_border_is_never_beyond_a_transaction_that_writes(monkeypatch):
    monkeypatch.undo()
    with psycopg.connect(os.environ["DATABASE_URL"]) as slow:
        (own,) = slow.execute("SELECT pg_current_xact_id()::text::bigint").fetchone()
        write(2)
        assert int(scalar(services.OLDEST_RUNNING)) <= own


def test_a_backlog_is_cut_into_blocks_of_a_handy_size(monkeypatch):
    monkeypatch.setattr(services, "LARGEST_BLOCK", 4)
    write(10)
    seal()
    assert len(blocks()) >= 2
    assert all(block.count <= 4 for block in blocks())
    assert verify_all("audit").findings == []


def test_two_sealers_do_no_harm():
    write(30)
    stop = threading.Event()

    def turn():
        sealer = Sealer()
        while not stop.is_set():
            sealer.turn()
        connections.close_all()

    sealers = [threading.Thread(target=turn) for _ in range(2)]
    for sealer in sealers:
        sealer.start()
    for _ in range(20):
        write(1)
        time.sleep(0.02)
    seal()
    stop.set()
    for sealer in sealers:
        sealer.join(60)
        assert not sealer.is_alive()
    report = verify_all("audit")
    assert report.findings == []
    assert report.rows == AuditRecord.objects.count()


def test_new_blocks_are_verified_where_the_last_look_ended():
    write(2)
    seal()
    assert verify_new("audit").blocks == 1
    write(2)
    seal()
    report = verify_new("audit")
    assert (report.blocks, report.verified_to, report.findings) == (1, 2, [])
    assert verify_new("audit").verified_to == 2
    state = chain_state("audit")
    assert (state.sealed_to, state.verified_to, state.findings, state.is_sound) == (2, 2, 0, True)
    assert state.fully_verified_at is None


def test_one_record_can_be_proven_alone():
    numbers = write(7)
    with pytest.raises(NotFound) as refused:
        proof_of("audit", numbers[3])
    assert refused.value.code == "audit.not_sealed_yet"
    seal()
    proof = proof_of("audit", numbers[3])
    assert proof["is_proven"] is True
    assert proof["block"] == 1
    with pytest.raises(NotFound):
        proof_of("audit", 10**12)


def test_roots_are_written_down_hourly_and_signed(state_dir):
    write(1)
    seal()
    seal_once()
    lines = list(roots.exported("audit"))
    assert [where for where, _ in lines] == ["audit.jsonl line 1", "audit.head.json"]
    assert all(line["hash"] == bytes(blocks()[0].hash).hex() for _, line in lines)
    assert roots.compare("audit") == (2, [])
    assert (state_dir / "seals").stat().st_mode & 0o077 == 0


def test_blocks_are_written_once_even_for_the_owner():
    write(1)
    seal()
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner:
        for change in ("UPDATE seal_block SET count = 9", "DELETE FROM seal_block", "TRUNCATE seal_block"):
            with pytest.raises(psycopg.errors.IntegrityConstraintViolation):
                owner.execute(change)
            owner.rollback()


def test_a_restored_dump_begins_an_epoch_of_its_own(intruder):
    write(3)
    seal()
    write(2)  # written, dumped, but never sealed where they were written
    high = SealBlock.objects.get(number=1).xact_until + 1_000_000
    intruder.execute("UPDATE seal_epoch SET cluster = '1'")
    # In the new cluster transaction ids begin again: to it, the old rows come from far ahead.
    intruder.execute(
        "UPDATE audit_record SET xact = (%s + id)::text::xid8 WHERE xact >= %s::text::xid8",
        [high, str(high - 1_000_000)],
    )
    seal()
    write(2)
    seal()
    kinds = [(block.epoch, block.is_import, block.count) for block in blocks()]
    assert kinds[1:] == [(2, True, 2), (2, False, 2)]
    assert verify_all("audit").findings == []
    assert proof_of("audit", AuditRecord.objects.latest("id").pk)["is_proven"]
    assert lag_seconds("audit") == 0.0
    assert SealCheck.objects.get(kind="full").verified_to == 3


def test_a_block_half_made_is_made_again(monkeypatch):
    write(1)
    monkeypatch.setattr(SealBlock, "save", lambda *_, **__: (_ for _ in ()).throw(RuntimeError("killed")))
    with pytest.raises(RuntimeError):
        seal()
    monkeypatch.undo()
    assert blocks() == []
    seal()
    assert len(blocks()) == 1
    assert not connection.in_atomic_block


def test_a_full_disk_tears_no_root_and_keeps_no_row_from_being_sealed(state_dir, monkeypatch):
    write(1)
    seal()
    listed = (state_dir / "seals" / "audit.jsonl").read_bytes()
    write(1)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    monkeypatch.setattr(roots, "ROOT_EVERY", timedelta())
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(listed) + 20, limits[1]))
    try:
        with pytest.raises(OSError, match=r"No space|too large"):
            seal()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (state_dir / "seals" / "audit.jsonl").read_bytes() == listed
    assert sum(block.count for block in blocks()) == AuditRecord.objects.count()
    seal_once()
    assert (state_dir / "seals" / "audit.jsonl").read_bytes().startswith(listed)
    assert verify_all("audit").findings == []
