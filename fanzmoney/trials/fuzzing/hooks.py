"""Loaded by Schemathesis: 1.0 is an integer to JSON Schema and not to us, which no schema can say; and what a fuzzer
has to know to get past the first check, where it was told who calls."""

from __future__ import annotations

import os
from typing import Any

import schemathesis

from fanzmoney.trials.fuzzing.calls import CALLER


@schemathesis.hook
def map_body(context: schemathesis.HookContext, body: Any) -> Any:
    return whole(body)


def whole(value: Any) -> Any:
    """The same value with whole numbers spelled without a point."""
    match value:
        case float() if value.is_integer():
            return int(value)
        case dict():
            return {name: whole(item) for name, item in value.items()}
        case list():
            return [whole(item) for item in value]
    return value


if os.environ.get(CALLER):
    import django

    django.setup()
    import fanzmoney.trials.fuzzing.knowing  # noqa: F401  joins its own hooks
