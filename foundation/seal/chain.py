"""What binds one block to the next."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from foundation.seal.models import SealBlock

GENESIS = bytes(32)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def block_hash(block: SealBlock) -> bytes:
    """What the next block points to: every column of this one."""
    return hashlib.sha256("\n".join(said(block)).encode()).digest()


def said(block: SealBlock) -> list[str]:
    """Every column of a block as its hash takes them."""
    parts = (
        block.source, block.number, block.epoch, int(block.is_import), block.xact_from, block.xact_until,
        block.last_id, block.count, bytes(block.root).hex(), bytes(block.previous).hex(),
        (block.sealed_at - _EPOCH) // timedelta(microseconds=1),
    )  # fmt: skip
    return list(map(str, parts))
