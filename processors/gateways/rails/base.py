"""What every rail offers: those that are told one payout at a time, and those that take a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from foundation.registry import Registry
from processors.gateways.rails.types import (
    BatchToWrite,
    Destination,
    RailCapabilities,
    RailFile,
    RailOutcome,
    RailRequest,
    RailTold,
)
from processors.gateways.types import Merchant


class AnyRail(Protocol):
    capabilities: RailCapabilities

    def read_destination(self, details: Mapping[str, str]) -> Destination:
        """What a creator gave, understood. Unprocessable for what cannot be paid to, with its field in `errors`."""
        ...

    def status(
        self,
        merchant: Merchant,
        reference: str,
        provider_ref: str,
        sent_at: datetime,
        request: RailRequest | None = None,
    ) -> RailOutcome:
        """What became of a payout, or of a file by its batch's reference. NOT_SENT: all of what it took was read, and
        this was not there; a rail may list late, so that who asks waits before it is believed.

        Rails that keep no reference recognise a payout by `request`; without it they only say what they are sure of.
        """
        ...


class Rail(AnyRail, Protocol):
    """Told one payout at a time."""

    def send(self, merchant: Merchant, request: RailRequest) -> RailOutcome: ...


class FileRail(AnyRail, Protocol):
    """Told many payouts by one file."""

    def build(self, merchant: Merchant, batch: BatchToWrite) -> RailFile:
        """The same bytes for the same batch. Invalid when an entry cannot be written."""
        ...

    def transmit(self, merchant: Merchant, file: RailFile, reference: str) -> RailOutcome:
        """Hand it over under its batch's reference; handed over again it is still one file."""
        ...

    def reports(self, merchant: Merchant, since: datetime) -> Sequence[RailTold]:
        """What was told since then, oldest first, as often as it is asked for. Unavailable when none can be had."""
        ...


rails: Registry[Rail | FileRail] = Registry("rail")
