"""What the chain says about itself."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from foundation.errors import NotFound
from foundation.seal import merkle, roots
from foundation.seal.chain import block_hash
from foundation.seal.models import SealBlock, SealCheck
from foundation.seal.sources import Row, brought, epochs_of, head_of, ordinary, rows, scalar, sources

# The oldest writer whose rows cannot be seen yet counts as much as the oldest row that can.
_LAG = """
SELECT greatest(0, extract(epoch FROM clock_timestamp() - least(
    (SELECT min(at) FROM {table} WHERE xact >= %s::text::xid8 AND id > %s),
    (SELECT min(xact_start) FROM pg_stat_activity
     WHERE backend_xid IS NOT NULL AND datname = current_database() AND pid <> pg_backend_pid())
)))::float
"""


@dataclass(frozen=True, slots=True)
class ChainState:
    """How far a source is sealed and verified, for a badge."""

    source: str
    sealed_to: int
    sealed_at: datetime | None
    verified_to: int
    verified_at: datetime | None
    fully_verified_at: datetime | None
    last_root_at: datetime | None
    lag_seconds: float
    findings: int

    @property
    def is_sound(self) -> bool:
        return self.findings == 0


def chain_state(name: str) -> ChainState:
    """Sealed to, verified to, how long the oldest unsealed row waits."""
    head = head_of(name)
    checks = {check.kind: check for check in SealCheck.objects.filter(source=name)}
    new, full = checks.get(SealCheck.Kind.NEW), checks.get(SealCheck.Kind.FULL)
    latest = max((check for check in (new, full) if check), key=lambda check: check.checked_at, default=None)
    return ChainState(
        source=name,
        sealed_to=head.number if head else 0,
        sealed_at=head.sealed_at if head else None,
        verified_to=max((check.verified_to for check in checks.values()), default=0),
        verified_at=latest.checked_at if latest else None,
        fully_verified_at=full.checked_at if full else None,
        last_root_at=roots.last_exported_at(name),
        lag_seconds=lag_seconds(name),
        findings=max((len(check.findings) for check in checks.values()), default=0),
    )


def lag_seconds(name: str) -> float:
    """How long the oldest written row has waited for its block; 0 when none waits."""
    epoch = max(epochs_of(name).values(), key=lambda epoch: epoch.number, default=None)
    head = head_of(name)
    start = head.xact_until if head and epoch and head.epoch == epoch.number else 0
    first = epoch.starts_after if epoch and epoch.number > 1 else -(2**63)
    return float(scalar(_LAG.format(table=sources.find(name).table), [str(start), first]) or 0.0)


def proof_of(name: str, row_id: int, *, xact: int | None = None) -> dict[str, Any]:
    """That this one row is sealed: its leaf, the way to the root, and the block that holds the root.

    `xact`, where the caller knows it, spares a search in tables that are large.
    """
    source = sources.find(name)
    if xact is None:
        xact = scalar(f"SELECT xact::text::bigint FROM {source.table} WHERE id = %s", [row_id])  # noqa: S608
    if xact is None:
        raise NotFound(f"{name}.not_found", f"There is no row {row_id}.")
    block, found = block_with(name, row_id, xact)
    leaf, steps = proofs_in(found, [row_id])[row_id]
    return {
        "source": block.source,
        "row": row_id,
        "block": block.number,
        "leaf": leaf.hex(),
        "path": [[side, neighbour.hex()] for side, neighbour in steps],
        "root": bytes(block.root).hex(),
        "block_hash": bytes(block.hash).hex(),
        "sealed_at": block.sealed_at,
        "is_proven": merkle.climb(leaf, steps) == bytes(block.root) and block_hash(block) == bytes(block.hash),
    }


def block_with(name: str, row_id: int, xact: int) -> tuple[SealBlock, list[Row]]:
    """The block that seals this row, and all its rows; NotFound for the second in which it is not sealed."""
    source, epochs = sources.find(name), epochs_of(name)
    blocks = SealBlock.objects.filter(source=name)
    for number in sorted(epochs, reverse=True):
        epoch, following = epochs[number], epochs.get(number + 1)
        inside = blocks.filter(epoch=number, is_import=False, xact_from__lte=xact, xact_until__gt=xact)
        conditions = [(block, ordinary(epoch, following, block.xact_from, block.xact_until)) for block in inside]
        imports = blocks.filter(epoch=number, is_import=True)
        conditions += [(block, brought(epoch, epochs[number - 1])) for block in imports]
        for block, condition in conditions:
            found = list(rows(source, condition))
            if any(row[0] == row_id for row in found):
                return block, found
    raise NotFound(f"{name}.not_sealed_yet", "The row is not sealed yet; look again in a second.", retryable=True)


def proofs_in(found: Sequence[Row], row_ids: Collection[int]) -> dict[int, tuple[bytes, list[merkle.Step]]]:
    """Of a block's rows, the leaf of each of these and its way to the root."""
    leaves = [leaf for _, _, leaf in found]
    places = {number: index for index, (number, _, _) in enumerate(found) if number in row_ids}
    ways = merkle.paths(leaves, list(places.values()))
    return {number: (leaves[index], way) for (number, index), way in zip(places.items(), ways, strict=True)}
