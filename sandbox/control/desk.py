"""What one provider has of the common control: doors that obey ordered faults, time, and a post office."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.control.clock import Clock
from sandbox.control.faults import Fault, Faults
from sandbox.control.line import CutOff, HungUp
from sandbox.control.webhooks import Outbox, Switches

MOST_BYTES = 1_000_000


@dataclass(frozen=True)
class Call:
    """A request with its body read and whatever was ordered to happen to it."""

    request: Request
    raw: bytes
    fields: Mapping[str, str]
    fault: Fault | None = None

    @property
    def declined_as(self) -> str:
        """The code of an ordered decline, or nothing."""
        return self.fault.argument if self.fault and self.fault.kind == "decline" else ""

    @property
    def names_wrong_amount(self) -> bool:
        return self.fault is not None and self.fault.kind == "wrong_amount"

    def json(self) -> dict[str, Any]:
        """The body as a JSON object, amounts in it as decimals; raises ValueError for anything else."""
        body = json.loads(self.raw, parse_float=Decimal)
        if not isinstance(body, dict):
            raise ValueError("the body is a JSON object")
        return body


Answer = Callable[[Call], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def broken() -> Response:
    return JSONResponse({"error": "internal error"}, status_code=500)


def throttled() -> Response:
    return JSONResponse({"error": "too many requests"}, status_code=429, headers={"retry-after": "1"})


class Desk:
    """One provider's place: its name, its ordered faults, its latency and its webhooks."""

    def __init__(self, provider: str, faults: Faults, clock: Clock, outbox: Outbox) -> None:
        self.provider, self.faults, self.clock, self.outbox = provider, faults, clock, outbox
        self.operations: set[str] = set()
        self.latency_ms = 0
        self.settings_forgotten: list[Callable[[], None]] = []
        self.broken: Callable[[], Response] = broken
        self.throttled: Callable[[], Response] = throttled

    def calm(self) -> None:
        """Behave as usual again: no orders, no switches, the settings of the start."""
        self.faults.clear(self.provider)
        self.latency_ms, self.outbox.switches = 0, Switches()
        for forget in self.settings_forgotten:
            forget()

    def door(self, operation: str, answer: Answer) -> Endpoint:
        """An endpoint that always does this operation."""
        return self.doors((operation,), lambda _: operation, answer)

    def doors(
        self, operations: tuple[str, ...], operation_of: Callable[[Mapping[str, str]], str], answer: Answer
    ) -> Endpoint:
        """An endpoint that tells its operation from the fields of the call."""
        self.operations.update(operations)

        async def endpoint(request: Request) -> Response:
            began = asyncio.get_running_loop().time()
            raw = await request.body()
            if len(raw) > MOST_BYTES:
                return Response(status_code=413)
            fields = fields_of(request, raw)
            fault = self.faults.take(self.provider, operation_of(fields), fields)
            response = await self._answered(Call(request, raw, fields, fault), answer)
            left = began + self.latency_ms / 1000 - asyncio.get_running_loop().time()
            if left > 0:
                await asyncio.sleep(left)
            return response

        return endpoint

    async def _answered(self, call: Call, answer: Answer) -> Response:
        match call.fault.kind if call.fault else "":
            case "close_before":
                return HungUp()
            case "http_500":
                return self.broken()
            case "throttle":
                return self.throttled()
        response = await answer(call)
        match call.fault.kind if call.fault else "":
            case "close_after":
                return HungUp()
            case "http_500_after":
                return self.broken()
            case "half_body":
                return CutOff(response)
            case "slow":
                await asyncio.sleep(float(call.fault.argument) if call.fault else 0)
        return response


def fields_of(request: Request, raw: bytes) -> dict[str, str]:
    """Every named value of a call: path, query and body; a nested one by its own name."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body: dict[str, str] = {}
    if kind == "application/x-www-form-urlencoded":
        body = dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))
    elif raw.lstrip()[:1] == b"{":
        try:
            body = flattened(json.loads(raw))
        except ValueError:
            body = {}
    path = {name: str(value) for name, value in request.path_params.items()}
    return {**path, **request.query_params, **body}


def flattened(value: dict[str, Any]) -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, inner in value.items():
        if isinstance(inner, list):  # of names and values
            inner = {
                str(one["name"]): one["value"] for one in inner if isinstance(one, dict) and {"name", "value"} <= {*one}
            }
        if isinstance(inner, dict):
            flat.update(flattened(inner))
        elif isinstance(inner, str | int | float):
            flat[name] = str(inner)
    return flat
