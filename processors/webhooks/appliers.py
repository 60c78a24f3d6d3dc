"""Who makes what is told true, where it is not about a payment. Rooms above add themselves for their kinds."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from foundation.actors import Actor
from foundation.registry import Registry
from processors.gateways.types import Outcome
from processors.payments.types import Verdict
from processors.webhooks.models import ProviderTold


class Applier(Protocol):
    def __call__(self, *, told: ProviderTold, by: Actor, at: datetime, asked: Outcome | None = None) -> Verdict:
        """Called inside the transaction that stores what became of it."""


appliers: Registry[Applier] = Registry("applier")
