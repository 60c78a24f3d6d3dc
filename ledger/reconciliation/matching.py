"""Which line belongs to which posting: values in, pairs out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from ledger.reconciliation.types import Expected, Said

Pair = tuple[Said, Expected]


@dataclass(frozen=True, slots=True)
class Matching:
    """Every line and every posting stands in exactly one of these."""

    matched: tuple[Pair, ...]
    different: tuple[tuple[Said, Expected, tuple[str, ...]], ...]
    unexpected: tuple[Said, ...]
    unlisted: tuple[Expected, ...]


def match(lines: Iterable[Said], expected: Iterable[Expected], *, tolerance: timedelta) -> Matching:
    """Pair what agrees in reference, currency, amount and date; then what shares a reference, naming what differs.

    Among several of the same the earliest meet first, so that an order of rows changes nothing.
    """
    said = sorted(lines, key=lambda line: (line.at, line.id))
    ours = sorted(expected, key=lambda posting: (posting.at, posting.transfer_id))
    matched = _pair(said, ours, lambda row: (row.reference, row.amount), tolerance)
    said, ours = _rest(said, ours, matched)
    pairs = _pair(said, ours, lambda row: (row.reference, row.amount.currency), None)
    said, ours = _rest(said, ours, pairs)
    pairs += (others := _pair(said, ours, lambda row: row.reference, None))
    said, ours = _rest(said, ours, others)
    different = tuple((line, posting, _differing(line, posting)) for line, posting in pairs)
    return Matching(tuple(matched), different, tuple(said), tuple(ours))


def _pair(said, ours, key, tolerance: timedelta | None) -> list[Pair]:  # type: ignore[no-untyped-def]
    waiting: dict[object, list[Expected]] = defaultdict(list)
    for posting in ours:
        waiting[key(posting)].append(posting)
    pairs = []
    for line in said:
        fitting = waiting[key(line)]
        found = next((p for p in fitting if tolerance is None or abs(p.at - line.at) <= tolerance), None)
        if found:
            fitting.remove(found)
            pairs.append((line, found))
    return pairs


def _rest(said: list[Said], ours: list[Expected], pairs: list[Pair]) -> tuple[list[Said], list[Expected]]:
    lines, postings = {line.id for line, _ in pairs}, {posting.transfer_id for _, posting in pairs}
    return (
        [line for line in said if line.id not in lines],
        [posting for posting in ours if posting.transfer_id not in postings],
    )


def _differing(line: Said, posting: Expected) -> tuple[str, ...]:
    named = []
    if line.amount.currency != posting.amount.currency:
        named.append("currency")
    elif line.amount != posting.amount:
        named.append("amount")
    return tuple(named) or ("date",)
