"""Following a chain block by block. Each block is one transaction, so it goes on wherever it was stopped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.db.models import F

from foundation import clock
from foundation.crash import crash_point
from foundation.events import publish
from foundation.ids import uuid7
from foundation.retry import retrying
from foundation.states import move
from processors.crypto.events import ChainReorganised
from processors.crypto.models import ChainBlock, ChainWatch, CryptoInvoice, Deposit
from processors.crypto.nodes import NodeError
from processors.crypto.rules.addresses import CHAIN_OF
from processors.crypto.selectors import invoices_at, is_any_address_given, is_anything_awaited, kept_blocks
from processors.crypto.services.settling import DEEP, WATCHER, settle_due
from processors.crypto.setup import Node, Setup
from processors.crypto.states import IN_A_BLOCK, DepositState
from processors.crypto.types import Block, Found, Looked
from processors.gateways import http

LEASE = timedelta(seconds=60)
BLOCKS_AT_ONCE, MOST_KNOWN = 200, 200_000
D = DepositState
TAKE = """
UPDATE chain_watch SET holder = %(holder)s, fence = fence + (holder IS DISTINCT FROM %(holder)s)::int,
    lease_until = fanz_now() + make_interval(secs => %(lease)s)
WHERE chain = %(chain)s AND (holder = %(holder)s OR lease_until IS NULL OR lease_until < fanz_now())
RETURNING fence
"""
log = structlog.get_logger("fanz.crypto")


class LeaseLost(Exception):
    """Somebody else watches this chain by now."""


class _Moved(Exception):
    """The chain changed while we looked; look again."""


@dataclass(frozen=True, slots=True)
class _Lease:
    chain: str
    fence: int


class Watcher:
    """One who watches; holds the lease of a chain from look to look."""

    def __init__(self, setup: Setup) -> None:
        self.setup, self.id = setup, uuid7()
        self._pool_known: set[str] = set()

    def look_at_all(self) -> list[Looked]:
        """One look at every chain; a node that does not answer keeps no other chain waiting."""
        looked = []
        for node in self.setup.nodes():
            try:
                looked.append(self.look(node))
            except LeaseLost:
                log.debug("crypto.watched_by_another", chain=node.chain)
            except (NodeError, http.NotSent, http.NoAnswer) as lost:
                log.warning("crypto.node", chain=node.chain, lost=type(lost).__name__, said=str(lost))
        settle_due(setup=self.setup)
        return looked

    def look(self, node: Node) -> Looked:
        """Take in what is new on this chain. LeaseLost when another watches it."""
        lease = _take(node.chain, self.id)
        settle_due(setup=self.setup)
        dropped = self._drop_gone(lease, node)
        if dropped:
            settle_due(setup=self.setup)
        blocks = deposits = 0
        head = node.height()
        tip = _tip(node.chain)
        first = tip.height + 1 if tip else _first(node.chain, head)
        try:
            for height in range(first, min(head, first + BLOCKS_AT_ONCE - 1) + 1):
                block = node.block(height)
                ours = self._ours(node, block)
                _add(lease, block, ours, self.setup)
                crash_point("crypto.block_added")
                blocks, deposits = blocks + 1, deposits + len(ours)
                settle_due(setup=self.setup)
            deposits += self._look_at_pool(lease, node, head)
        except _Moved:
            log.info("crypto.moved", chain=node.chain)
        settle_due(setup=self.setup)
        _note_looked(lease)
        return Looked(node.chain, head, blocks, dropped, deposits)

    def _drop_gone(self, lease: _Lease, node: Node) -> int:
        """Walk back until the node agrees, and drop what it does not know any more."""
        kept = kept_blocks(node.chain)
        if not kept:
            return 0
        head = node.height()
        agreed = next(
            (block.height for block in kept if block.height <= head and node.hash_at(block.height) == block.hash), None
        )
        if agreed is None:
            agreed = kept[-1].height - 1
        elif head < kept[0].height and agreed == head:
            return 0  # the node is behind, on the same branch
        dropped = kept[0].height - agreed
        if dropped:
            _drop(lease, above=agreed, depth=dropped)
        return dropped

    def _ours(self, node: Node, block: Block) -> list[Found]:
        ours = invoices_at({one.address for one in block.found})
        matched = [one for one in block.found if one.address.lower() in ours]
        return node.proved(block, matched) if matched else []

    def _look_at_pool(self, lease: _Lease, node: Node, head: int) -> int:
        """Note what is announced, and what is not any more; only as long as the chain stood still meanwhile."""
        open_ones = set(
            Deposit.objects.filter(chain=node.chain, state__in=[D.SEEN, D.REORGED]).values_list("txid", flat=True)
        )
        if not open_ones and not is_anything_awaited(node.chain, clock.now()):
            return 0
        pool = node.pool(self._pool_known, open_ones)
        tip = _tip(node.chain)
        if tip is None or tip.height != head or node.height() != head or node.hash_at(head) != tip.hash:
            return 0
        ours = invoices_at({one.address for one in pool.found})
        found = [one for one in pool.found if one.address.lower() in ours]
        _note_pool(lease, found, pool.txids, self.setup)
        self._pool_known = (self._pool_known & pool.txids) | {one.txid for one in pool.found}
        if len(self._pool_known) > MOST_KNOWN:
            self._pool_known.clear()
        return len(found)


def watch_once(*, setup: Setup) -> list[Looked]:
    """One look by somebody who does not stay."""
    watcher = Watcher(setup)
    try:
        return watcher.look_at_all()
    finally:
        ChainWatch.objects.filter(holder=watcher.id).update(lease_until=None)


@retrying
def _take(chain: str, holder: UUID) -> _Lease:
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        ChainWatch.objects.get_or_create(chain=chain)
        cursor.execute(TAKE, {"holder": holder, "lease": LEASE.seconds, "chain": chain})
        row = cursor.fetchone()
    if row is None:
        raise LeaseLost(chain)
    return _Lease(chain, row[0])


def _hold(lease: _Lease) -> ChainWatch:
    """The chain's row, if nobody took over; the lease runs anew."""
    watch = ChainWatch.objects.select_for_update().get(chain=lease.chain)
    if watch.fence != lease.fence:
        raise LeaseLost(lease.chain)
    ChainWatch.objects.filter(chain=lease.chain).update(lease_until=clock.now() + LEASE)
    return watch


@retrying
def _note_looked(lease: _Lease) -> None:
    with transaction.atomic(durable=True):
        _hold(lease)
        ChainWatch.objects.filter(chain=lease.chain).update(looked_at=clock.now())


def _first(chain: str, head: int) -> int:
    """Where to begin: with the newest block, unless somebody may have paid before anybody watched."""
    return max(0, head - DEEP + 1) if is_any_address_given(chain) else head


def _tip(chain: str) -> ChainBlock | None:
    return ChainBlock.objects.filter(chain=chain).order_by("-height").first()


@retrying
def _add(lease: _Lease, block: Block, ours: Iterable[Found], setup: Setup) -> None:
    """Count on one more block: what it pays us, and what lies deep enough by it."""
    with transaction.atomic(durable=True):
        _hold(lease)
        at, tip = clock.now(), _tip(lease.chain)
        if tip and (tip.height + 1 != block.height or tip.hash != block.parent):
            raise _Moved
        ChainBlock.objects.create(
            chain=lease.chain, height=block.height, hash=block.hash, parent=block.parent, mined_at=block.at
        )
        ChainBlock.objects.filter(chain=lease.chain, height__lte=block.height - DEEP).delete()
        touched = {_take_in(found, setup, at, block=block).invoice_id for found in ours}
        deep_enough = Deposit.objects.filter(
            chain=lease.chain, state=D.CONFIRMING, block_height__lte=block.height + 1 - F("needed")
        )
        for deposit in deep_enough.select_for_update(of=("self",)).order_by("pk"):
            move(deposit, to=D.CONFIRMED, by=WATCHER, reason=f"block {block.height}", at=at)
            touched.add(deposit.invoice_id)
        final = Deposit.objects.filter(chain=lease.chain, block_height=block.height + 1 - DEEP, state=D.CONFIRMED)
        touched.update(final.values_list("invoice_id", flat=True))
        _call(touched, at)
        crash_point("crypto.before_block")


@retrying
def _drop(lease: _Lease, *, above: int, depth: int) -> None:
    """Stop counting on blocks the chain left behind."""
    with transaction.atomic(durable=True):
        watch = _hold(lease)
        at = clock.now()
        gone = list(
            Deposit.objects.filter(chain=lease.chain, block_height__gt=above, state__in=IN_A_BLOCK)
            .select_for_update(of=("self",))
            .order_by("pk")
        )
        were_ours = [one for one in gone if one.state == D.CONFIRMED]
        for deposit in gone:
            move(
                deposit, to=D.REORGED, by=WATCHER, reason=f"block {deposit.block_height} is gone", at=at,
                block_height=None, block_hash="",
            )  # fmt: skip
        ChainBlock.objects.filter(chain=lease.chain, height__gt=above).delete()
        publish(ChainReorganised(lease.chain, depth, above, len(gone), bool(were_ours) or depth >= DEEP), key=watch)
        if were_ours:
            log.error("crypto.deep_reorg", chain=lease.chain, depth=depth, deposits=len(were_ours))
        _call({one.invoice_id for one in gone}, at)
        crash_point("crypto.before_drop")


@retrying
def _note_pool(lease: _Lease, found: Iterable[Found], waiting: frozenset[str], setup: Setup) -> None:
    with transaction.atomic(durable=True):
        _hold(lease)
        at = clock.now()
        touched = {_take_in(one, setup, at, block=None).invoice_id for one in found}
        open_ones = Deposit.objects.filter(chain=lease.chain, state__in=[D.SEEN, D.REORGED])
        for deposit in open_ones.select_for_update(of=("self",)).order_by("pk"):
            to = D.SEEN if deposit.txid in waiting else D.DROPPED
            if deposit.state != to:
                move(deposit, to=to, by=WATCHER, reason="announced" if to is D.SEEN else "forgotten", at=at)
                touched.add(deposit.invoice_id)
        _call(touched, at)


def _take_in(found: Found, setup: Setup, at: datetime, *, block: Block | None) -> Deposit:
    """One transfer to an address of ours, new or known, where it is now."""
    where: dict[str, Any] = {"block_height": block.height, "block_hash": block.hash} if block else {}
    state = D.CONFIRMING if block else D.SEEN
    known = (
        Deposit.objects.select_for_update(of=("self",))
        .filter(coin=found.coin, txid=found.txid, index=found.index)
        .first()
    )
    if known is not None:
        if known.state not in IN_A_BLOCK and known.state != state:
            move(known, to=state, by=WATCHER, at=at, **where)
        return known
    invoice = invoices_at({found.address})[found.address.lower()]
    came_at = min(at, block.at) if block else at
    return Deposit.objects.create(
        invoice=invoice,
        chain=CHAIN_OF[found.coin],
        coin=found.coin,
        txid=found.txid,
        index=found.index,
        units=found.units,
        needed=setup.confirmations[found.coin],
        state=state,
        seen_at=at,
        is_late=came_at > invoice.expires_at,
        **where,
    )


def _call(invoice_ids: set[UUID], at: datetime) -> None:
    """These invoices have to be looked at."""
    CryptoInvoice.objects.filter(pk__in=invoice_ids).update(due_at=at)
