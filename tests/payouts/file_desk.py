"""A rail that takes files, inside the process: one line for each payout, one book by file reference."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from foundation import clock
from foundation.errors import Invalid
from processors.gateways.rails.types import (
    BatchToWrite,
    Destination,
    RailCapabilities,
    RailFile,
    RailOutcome,
    RailRequest,
    RailResult,
    RailTold,
)


class FileDesk:
    capabilities = RailCapabilities(
        rail="ach", currencies=frozenset({"USD"}), least_minor={}, most_minor={}, is_file=True, asks_status=True,
        returns_within_days=2, confirms=True, needs=("account",),
    )  # fmt: skip

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.handed_over: list[str] = []
        self.answers: list[RailOutcome] = []
        self.told: list[RailTold] = []
        self.unwritable: set[str] = set()

    def read_destination(self, details: Mapping[str, str]) -> Destination:
        return Destination(f"Bank ···{details['account'][-4:]}", f"ach:{details['account']}", "US", dict(details))

    def build(self, merchant, batch: BatchToWrite) -> RailFile:  # type: ignore[no-untyped-def]
        for entry in batch.entries:
            if entry.destination["account"] in self.unwritable:
                raise Invalid("rails.bad_entry", "This account cannot be written.")
        lines = [f"{one.reference} {one.amount.minor} {one.destination['account']}" for one in batch.entries]
        return RailFile(f"{batch.reference}.txt", "\n".join([batch.reference, *lines]).encode())

    def transmit(self, merchant, file: RailFile, reference: str) -> RailOutcome:  # type: ignore[no-untyped-def]
        self.handed_over.append(reference)
        answer = self.answers.pop(0) if self.answers else RailOutcome(RailResult.ACCEPTED, f"B-{reference}")
        if answer.result not in (RailResult.NOT_SENT, RailResult.REFUSED):
            assert self.files.setdefault(reference, file.content) == file.content
        return answer

    def status(  # type: ignore[no-untyped-def]
        self, merchant, reference: str, provider_ref: str, sent_at: datetime, request: RailRequest | None = None
    ) -> RailOutcome:
        return RailOutcome(RailResult.ACCEPTED if reference in self.files else RailResult.NOT_SENT)

    def reports(self, merchant, since: datetime) -> list[RailTold]:  # type: ignore[no-untyped-def]
        return [one for one in self.told if one.occurred_at >= since]

    def tell(self, reference: str, result: RailResult, **more: object) -> None:
        named = {"batch_reference" if reference.startswith("PB") else "reference": reference}
        self.told.append(
            RailTold(json.dumps([reference, result, len(self.told)]), result, clock.now(), **named, **more)
        )  # type: ignore[arg-type]

    @property
    def paid(self) -> dict[str, int]:
        """What all files together say, by reference; a payout that stands in two of them shows."""
        lines = [line.split(" ") for file in self.files.values() for line in file.decode().splitlines()[1:]]
        assert len({reference for reference, *_ in lines}) == len(lines)
        return {reference: int(minor) for reference, minor, _ in lines}
