"""What both chains share: blocks on branches, a pool of what waits, reorganisations."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, Protocol, TypeVar

from sandbox.control.clock import Clock

KEPT_BLOCKS = 5_000
KEPT_TXS = 50_000
MOST_AT_ONCE = 10_000
MOST_PER_BLOCK = 2_000

Place = tuple[int, int]  # height and branch


class Refused(ValueError):
    """What was asked of a chain cannot be."""


@dataclass(frozen=True)
class Pay:
    """Who is paid what by a transaction, in the coin's smallest units."""

    coin: str
    address: str
    units: int
    amount: Decimal


class Tx(Protocol):
    """What a chain must know of a transaction; `spends` names what only one transaction may use up."""

    @property
    def id(self) -> str: ...
    @property
    def spends(self) -> frozenset[str]: ...
    @property
    def pays(self) -> tuple[Pay, ...]: ...
    @property
    def made_at(self) -> int: ...


T = TypeVar("T", bound=Tx)


def digest(*parts: object) -> bytes:
    """Bytes that look random and follow from their parts alone."""
    return hashlib.sha256(":".join(str(part) for part in parts).encode()).digest()


class Branches(Generic[T]):
    """
    A chain that remembers only what was paid.

    A block's hash follows from the seed, its height and its branch, so history needs no memory, and a
    chain started again with the same seed agrees with what others remember of it.
    """

    name = ""
    spacing_seconds = 600

    def __init__(self, seed: int, clock: Clock, height: int) -> None:
        self.seed, self.clock, self.tip = seed, clock, height
        self._began: tuple[int, int] = (height, int(clock.now().timestamp()))
        self._branches: list[Place] = [(0, 0)]
        self._grew_from: dict[int, Place] = {}
        self._made = 0
        self.txs: OrderedDict[str, T] = OrderedDict()
        self.pool: dict[str, T] = {}
        self.placed: dict[str, Place] = {}
        self._spent: dict[str, str] = {}
        self._blocks: dict[Place, tuple[str, ...]] = {}
        self._times: OrderedDict[Place, int] = OrderedDict()
        self._hashes: OrderedDict[str, Place] = OrderedDict()

    def hash_for(self, place: Place) -> str:
        """The block's hash as this chain writes it."""
        raise NotImplementedError

    def digest(self, *parts: object) -> bytes:
        return digest(self.seed, self.name, *parts)

    def fresh(self) -> bytes:
        """Bytes that this chain gives once, also when it starts again higher up with the same seed."""
        self._made += 1
        return self.digest("fresh", self._began[0], self._made)

    def now(self) -> int:
        return int(self.clock.now().timestamp())

    def place_at(self, height: int) -> Place:
        branch = next(branch for first, branch in reversed(self._branches) if first <= height)
        return height, branch

    def hash_at(self, height: int) -> str:
        return self.hash_of(self.place_at(height))

    def hash_of(self, place: Place) -> str:
        found = self.hash_for(place)
        self._hashes[found] = place
        while len(self._hashes) > 4 * KEPT_BLOCKS:
            self._hashes.popitem(last=False)
        return found

    def parent_hash(self, place: Place) -> str:
        height, branch = place
        root = self._grew_from.get(branch)
        return self.hash_of(root if root and root[0] == height - 1 else (height - 1, branch))

    def place_named(self, block_hash: str) -> Place | None:
        """Where that block is, on the main branch or on one left behind."""
        if block_hash not in self._hashes:
            for height in range(self.tip, max(self.tip - KEPT_BLOCKS, 0), -1):
                self.hash_at(height)
        return self._hashes.get(block_hash)

    def is_main(self, place: Place) -> bool:
        return 0 <= place[0] <= self.tip and self.place_at(place[0]) == place

    def paid_in(self, place: Place) -> list[T]:
        """What was paid in that block; the strangers in it are the chain's own business."""
        return [self.txs[tx_id] for tx_id in self._blocks.get(place, ()) if tx_id in self.txs]

    def time_of(self, place: Place) -> int:
        height, began = self._began
        return self._times.get(place, began - (height - place[0]) * self.spacing_seconds)

    def confirmations(self, tx_id: str) -> int:
        return self.tip - self.placed[tx_id][0] + 1 if tx_id in self.placed else 0

    def state_of(self, tx_id: str) -> str:
        return "mined" if tx_id in self.placed else "waiting" if tx_id in self.pool else "gone"

    def send(self, tx: T) -> T:
        """Let a transaction wait for a block; one that used the same up and still waited makes room for it."""
        others = {self._spent[key] for key in tx.spends if key in self._spent}
        if mined := others & self.placed.keys():
            raise Refused(f"already used up by {min(mined)}, which is in a block")
        for other in others:
            self._forget(other)
        self.txs[tx.id] = self.pool[tx.id] = tx
        self._spent.update(dict.fromkeys(tx.spends, tx.id))
        self._trim()
        return tx

    def drop(self, tx_id: str) -> T:
        """Let a waiting transaction vanish as if nobody had ever seen it."""
        if tx_id not in self.pool:
            raise Refused("only a waiting transaction can be dropped")
        self._forget(tx_id)
        return self.txs[tx_id]

    def mine(self, blocks: int) -> None:
        """Add blocks; what waits goes into the first of them."""
        if not 1 <= blocks <= MOST_AT_ONCE:
            raise Refused(f"from 1 to {MOST_AT_ONCE} blocks at once")
        before = self.time_of(self.place_at(self.tip))
        step = max((self.now() - before) / blocks, 1)
        for number in range(1, blocks + 1):
            place = self.place_at(self.tip + 1)
            self._times[place] = int(before + number * step)
            taken = tuple(self.pool)[:MOST_PER_BLOCK]
            if taken:
                self._blocks[place] = taken
                self.placed.update(dict.fromkeys(taken, place))
                for tx_id in taken:
                    del self.pool[tx_id]
            self.tip += 1
        self._trim()

    def reorg(self, depth: int, *, vanish: bool, again: bool, blocks: int) -> None:
        """
        Leave the last blocks for a longer branch.

        What they held vanishes or waits again, and with `again` the new branch takes it in.
        """
        if not 1 <= depth <= min(self.deepest_reorg(), self.tip):
            raise Refused(f"from 1 to {self.deepest_reorg()} blocks can be left behind")
        if blocks <= depth:
            raise Refused("the new branch has to be longer than the one it replaces")
        first = self.tip - depth + 1
        lost = [tx.id for height in range(first, self.tip + 1) for tx in self.paid_in(self.place_at(height))]
        self._grow_from(first)
        for tx_id in lost:
            del self.placed[tx_id]
            if vanish:
                self._forget(tx_id)
        back = {} if vanish else {tx_id: self.txs[tx_id] for tx_id in lost}
        waiting, self.pool = {**back, **self.pool}, {}
        if again:
            self.pool, waiting = waiting, {}
        self.mine(blocks)
        self.pool = {**self.pool, **waiting}

    def deepest_reorg(self) -> int:
        return 1_000

    def _grow_from(self, first: int) -> None:
        branch = len(self._grew_from) + 1
        self._grew_from[branch] = self.place_at(first - 1)
        self._branches = [(began, one) for began, one in self._branches if began < first] + [(first, branch)]
        self.tip = first - 1

    def _forget(self, tx_id: str) -> None:
        self.pool.pop(tx_id, None)
        for key in self.txs[tx_id].spends:
            if self._spent.get(key) == tx_id:
                del self._spent[key]

    def _trim(self) -> None:
        while len(self._times) > KEPT_BLOCKS:
            place, _ = self._times.popitem(last=False)
            self._blocks.pop(place, None)
        while len(self.txs) > KEPT_TXS:
            oldest = next(iter(self.txs))
            self._forget(oldest)
            self.placed.pop(oldest, None)
            del self.txs[oldest]
