"""CCBill: card payments by token and by hosted form, its DataLink, and its webhooks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from sandbox.ccbill.company import Company
from sandbox.ccbill.datalink import DataLink
from sandbox.ccbill.flexforms import FlexForms
from sandbox.ccbill.pages import HERE, routes
from sandbox.ccbill.rest import Rest
from sandbox.ccbill.widget import Widget
from sandbox.control import Control
from sandbox.parts import Part

LOOK_EVERY_SECONDS = 0.5
USUAL = {"token_seconds": 3_600, "report_minutes": 60}


def part(merchant: Mapping[str, Any], control: Control) -> Part:
    """Everything the merchant and the fan's browser reach, and the clockwork of the rebills."""
    company, settings = Company(control.desk("ccbill"), merchant), dict(USUAL)
    datalink = DataLink(company, settings)

    def forget() -> None:
        settings.update(USUAL)
        datalink.forget()
        company.account.webhook_format = "json"

    company.desk.settings_forgotten.append(forget)
    doors = (Rest(company, settings), FlexForms(company), Widget(company), datalink)
    return Part(
        title="CCBill",
        about="Card payments: every charge, refund and chargeback, with a button for every trouble.",
        path=HERE,
        routes=[*routes(company, settings), *(route for door in doors for route in door.routes())],
        running=lambda: _rebilling(company),
    )


@asynccontextmanager
async def _rebilling(company: Company) -> AsyncIterator[None]:
    """Do what is due while the context lasts, at once when the clock is moved."""

    async def run() -> None:
        while True:
            company.do_what_is_due()
            await company.desk.clock.pause(LOOK_EVERY_SECONDS)

    task = asyncio.create_task(run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
