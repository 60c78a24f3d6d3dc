"""Keys that were made for a row that never came: the process died between the two commits."""

from __future__ import annotations

from foundation.identity import keys
from foundation.identity.models import Party

SETTLED_AFTER_HOURS = 24


def sweep_orphan_keys() -> int:
    """Destroy keys older than a day that no party uses; returns how many."""
    settled = set(keys.settled_keys(SETTLED_AFTER_HOURS))
    used = set(Party.objects.filter(key_id__in=settled).values_list("key_id", flat=True))
    return sum(keys.destroy_key(id) for id in settled - used)
