"""What stands above destinations and has a word in changing them; called in the changing transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from foundation.actors import Actor
from foundation.registry import Registry
from payouts.methods.models import PayoutMethod

Ask = Callable[[PayoutMethod], None]
Follow = Callable[[PayoutMethod, PayoutMethod, Actor, datetime], None]
may_go: Registry[Ask] = Registry("word about a payout method")
"""Raise a refusal while this destination may not be taken away."""
replaced: Registry[Follow] = Registry("follower of payout methods")
"""`follow(old, new, by, at)`: what went to the old one goes to the new one."""
