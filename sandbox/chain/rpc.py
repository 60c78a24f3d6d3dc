"""JSON-RPC as both nodes speak it: named methods, positional or named parameters, batches."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Sequence
from typing import Any

MOST_IN_BATCH = 1_000

Method = Callable[..., Any]


class RpcError(Exception):
    """What a node answers instead of a result."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message}


def parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError as wrong:
        raise RpcError(-32700, "Parse error") from wrong


def sequence(params: Any) -> Sequence[Any] | dict[str, Any]:
    """Parameters as they may be given: a list, an object, or nothing."""
    if params is None:
        return []
    if not isinstance(params, list | dict):
        raise RpcError(-32600, "Params must be an array or object")
    return params


def run(method: Method, params: Sequence[Any] | dict[str, Any], wrong: Callable[[str], RpcError]) -> Any:
    """Call a method; `wrong` makes the node's refusal of parameters that do not fit its signature."""
    signature = inspect.signature(method)
    try:
        given = signature.bind(**params) if isinstance(params, dict) else signature.bind(*params)
    except TypeError as misfit:
        raise wrong(" ".join(signature.parameters)) from misfit
    return method(*given.args, **given.kwargs)
