"""Which row of a block is not the one that was sealed."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from foundation.seal.sources import Row

MARK = struct.Struct(">q4s")
MOST_NAMED = 10


def difference(marks: bytes, rows: Sequence[Row]) -> str:
    """The rows that were changed, removed or added, by number."""
    if len(marks) % MARK.size or not marks:
        return ""
    then = dict(MARK.iter_unpack(marks))
    now = {number: leaf[:4] for number, _, leaf in rows}
    groups = {
        "changed": [number for number in then.keys() & now.keys() if then[number] != now[number]],
        "gone": list(then.keys() - now.keys()),
        "added": list(now.keys() - then.keys()),
    }
    return "; ".join(f"{what} {_listed(numbers)}" for what, numbers in groups.items() if numbers)


def _listed(numbers: list[int]) -> str:
    named = ", ".join(f"#{number}" for number in sorted(numbers)[:MOST_NAMED])
    return named if len(numbers) <= MOST_NAMED else f"{named} and {len(numbers) - MOST_NAMED} more"
