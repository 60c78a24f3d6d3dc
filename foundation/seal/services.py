"""The sealer: each second, everything that finished transactions wrote goes into the next block."""

from __future__ import annotations

import time
from datetime import datetime

from django.db import transaction

from foundation.crash import crash_point
from foundation.seal import merkle, roots, verify
from foundation.seal.chain import GENESIS, block_hash
from foundation.seal.models import SealBlock, SealEpoch
from foundation.seal.sources import LARGEST, Condition, Source, brought, gather, head_of, ordinary, scalar, sources

LARGEST_BLOCK = 20_000
# Below it nothing can appear any more.
OLDEST_RUNNING = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text"
EVERY_SECONDS, VERIFY_EVERY_SECONDS = 1.0, 15.0


def seal_once() -> list[SealBlock]:
    """Seal what can be sealed now, a block per source, and export roots that are due."""
    blocks = [block for name in sources for block in seal_source(name)]
    for name in sources:  # last: a full disk must not keep any source from being sealed
        roots.export_when_due(name)
    return blocks


def seal_source(name: str) -> list[SealBlock]:
    """The next blocks of one source; nothing when another sealer is at work or no row waits."""
    made: list[SealBlock] = []
    while block := _seal_next(name, sources[name]):
        made.append(block)
        crash_point("seal.after_block")
        # A block that is not full has caught up; whoever writes meanwhile waits for the next second.
        if block.count < LARGEST_BLOCK and not block.is_import:
            break
    return made


@transaction.atomic
def _seal_next(name: str, source: Source) -> SealBlock | None:
    if not scalar("SELECT pg_try_advisory_xact_lock(hashtext('seal'), hashtext(%s))", [name]):
        return None
    head = head_of(name)
    epoch, before = _epoch_now(name, source, head)
    if before and not (head and head.epoch == epoch.number):
        imported = _block(name, source, head, epoch, brought(epoch, before), is_import=True)
        if imported:
            return imported
    start = head.xact_until if head and head.epoch == epoch.number else 0
    end = _end_of_block(source, epoch, start, int(scalar(OLDEST_RUNNING)))
    if end is None:
        return None
    return _block(name, source, head, epoch, ordinary(epoch, None, start, end), xact_from=start, xact_until=end)


def _end_of_block(source: Source, epoch: SealEpoch, start: int, oldest: int) -> int | None:
    """Where to cut: the oldest running transaction, or earlier so that a block stays of a handy size."""
    text, values = ordinary(epoch, None, start, oldest)
    limit = LARGEST_BLOCK
    last = scalar(
        f"SELECT max(xact)::text::bigint FROM "  # noqa: S608
        f"(SELECT xact FROM {source.table} WHERE {text} ORDER BY xact LIMIT {limit}) AS first",
        values,
    )
    return None if last is None else int(last) + 1


def _block(
    name: str,
    source: Source,
    head: SealBlock | None,
    epoch: SealEpoch,
    condition: Condition,
    *,
    xact_from: int = 0,
    xact_until: int = 0,
    is_import: bool = False,
) -> SealBlock | None:
    found = gather(source, condition)
    if not found.count:
        return None
    block = SealBlock(
        source=name,
        number=head.number + 1 if head else 1,
        epoch=epoch.number,
        is_import=is_import,
        xact_from=xact_from,
        xact_until=xact_until,
        last_id=max(found.last_id, head.last_id if head else -LARGEST),
        count=found.count,
        root=merkle.root_of(found.leaves),
        previous=bytes(head.hash) if head else GENESIS,
        sealed_at=_database_time(),
        marks=found.marks,
    )
    block.hash = block_hash(block)
    block.save(force_insert=True)
    return block


def _database_time() -> datetime:
    at: datetime = scalar("SELECT clock_timestamp()")
    return at


def _epoch_now(name: str, source: Source, head: SealBlock | None) -> tuple[SealEpoch, SealEpoch | None]:
    """This cluster's epoch and the one before; a cluster not seen before begins a new one."""
    cluster = str(scalar("SELECT system_identifier FROM pg_control_system()"))
    known = list(SealEpoch.objects.filter(source=name).order_by("-number")[:2])
    if known and known[0].cluster == cluster:
        return known[0], known[1] if len(known) > 1 else None
    if not known:
        first = SealEpoch(source=name, number=1, cluster=cluster, sealed_id=0, sealed_xact=0, starts_after=-LARGEST)
        first.save(force_insert=True)
        return first, None
    # Nobody writes while the border is drawn, so that no row can fall between the two epochs.
    scalar("SELECT fanz_hold_writers(%s)", [source.table])
    is_continued = head is not None and head.epoch == known[0].number and not head.is_import
    epoch = SealEpoch(
        source=name,
        number=known[0].number + 1,
        cluster=cluster,
        sealed_id=head.last_id if head else -LARGEST,
        sealed_xact=head.xact_until if head and is_continued else 0,
        starts_after=int(scalar(f"SELECT coalesce(max(id), 0) FROM {source.table}")),  # noqa: S608
    )
    epoch.save(force_insert=True)
    return epoch, known[0]


class Sealer:
    """The runner's wheel: seals each second, and verifies what is new every few."""

    idle_seconds = EVERY_SECONDS

    def __init__(self) -> None:
        self.verified_at = float("-inf")

    def turn(self) -> bool:
        seal_once()
        if time.monotonic() - self.verified_at >= VERIFY_EVERY_SECONDS:
            self.verified_at = time.monotonic()
            for name in sources:
                verify.verify_new(name)
        return False

    def close(self) -> None:
        """Nothing is held between turns."""
