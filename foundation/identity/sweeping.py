"""Keys and the rows they were made for: which came to nothing, which are missing."""

from __future__ import annotations

from typing import Any

from foundation.identity import keys
from foundation.identity.models import Party

SETTLED_AFTER_HOURS = 24


def sweep_orphan_keys() -> int:
    """Destroy keys older than a day that no party uses; returns how many."""
    settled = set(keys.settled_keys(SETTLED_AFTER_HOURS))
    used = set(Party.objects.filter(key_id__in=settled).values_list("key_id", flat=True))
    return sum(keys.destroy_key(id) for id in settled - used)


def look_at_keys() -> dict[str, Any]:
    """How many keys there are, and what is wrong with them."""
    opens = keys.which_open()
    needed = set(Party.objects.filter(key_id__isnull=False).values_list("key_id", flat=True))
    lost, shut = needed - opens.keys() - keys.destroyed_keys().keys(), sum(not is_open for is_open in opens.values())
    findings = []
    if lost:
        findings.append({"detail": f"{len(lost)} people have no key: what is sealed for them cannot be read."})
    if shut:
        findings.append(
            {"detail": f"{shut} keys do not open with the master key at hand; bring the one that wrapped them."}
        )
    return {"keys": len(opens), "people": len(needed), "findings": findings}
