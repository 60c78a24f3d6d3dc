"""Loaded by Schemathesis: 1.0 is an integer to JSON Schema and not to us, which no schema can say; and what a fuzzer
has to know to get past the first check, where it was told who calls. What one parameter takes, such as the `limit` of
every list, is tried at so many operations as `FUZZ_ALIKE` says and not at each."""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

import schemathesis

from fanzmoney.trials.fuzzing.calls import ALIKE, CALLER


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


if alike := int(os.environ.get(ALIKE, "0")):
    tried = Counter[tuple[str, str, str]]()

    @schemathesis.hook
    def filter_case(context: schemathesis.HookContext, case: schemathesis.Case[Any]) -> bool:
        told = case.meta.phase.data if case.meta and case.meta.phase.name == "coverage" else None
        if told is None or not told.parameter_location:
            return True
        flaw = str(told.parameter_location), str(told.parameter), str(told.description)
        tried[flaw] += 1
        return tried[flaw] <= alike


if os.environ.get(CALLER):
    import django

    django.setup()
    import fanzmoney.trials.fuzzing.knowing  # noqa: F401  joins its own hooks
