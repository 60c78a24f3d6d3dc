"""Which ways a message takes: what waits for a person always stands in the app, the rest as they chose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from foundation.notifications.states import Level
from foundation.notifications.types import Wanted

# What people get who never chose: mail for what asks something of them.
BY_DEFAULT = {Level.INFO: Wanted(True, False), Level.WARNING: Wanted(), Level.ACTION_REQUIRED: Wanted()}


def ways(level: Level, topic: str, preferences: Mapping[str, Any]) -> Wanted:
    """In the app, by mail, both or neither."""
    chosen = preferences.get("notifications", {}).get(topic)
    wanted = BY_DEFAULT[level]
    if isinstance(chosen, dict):
        wanted = Wanted(bool(chosen.get("in_app", True)), bool(chosen.get("by_mail", True)))
    return Wanted(True, wanted.by_mail) if level is Level.ACTION_REQUIRED else wanted
