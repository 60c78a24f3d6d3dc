"""More hooks of the fuzzer: ids that exist, wishes that fit together, and a note of every answer."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import schemathesis

from fanzmoney.trials.fuzzing.asking import NOTES, chance, listed
from fanzmoney.trials.fuzzing.beforehand import BEFORE
from fanzmoney.trials.fuzzing.calls import note
from fanzmoney.trials.fuzzing.inside import shown_in
from fanzmoney.trials.fuzzing.wishes import QUERIES, WISHES, picture

Case = schemathesis.Case[Any]
LISTED_IN = {"/api/v1/ledger/journals/": "/api/v1/ledger/transfers", "/api/v1/creators/": "/api/v1/creators"}
succeeded: set[str] = set()


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: Case, kwargs: dict[str, Any]) -> None:
    """Half of what was meant to be good becomes good, and all of it until this operation did something."""
    label = case.operation.label
    if not _is_meant_to_be_good(case) or (label in succeeded and chance.random() < 0.5):
        return
    item = BEFORE[label]() if label in BEFORE else {}
    if "{" in case.operation.path:
        item = _fill_path(case, item)
    if label in QUERIES:
        case.query = QUERIES[label]()
    if label == "POST /api/v1/uploads":
        case.media_type, case.body = "image/png", picture()
    if label in WISHES:
        case.body = WISHES[label](item)
        if any(value is None for value in case.body.values()):
            case.body = {name: value for name, value in case.body.items() if value is not None}
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = uuid4().hex


def _is_meant_to_be_good(case: Case) -> bool:
    parts: Iterable[Any] = case.meta.components.values() if case.meta else ()
    return case.meta is not None and all(part.mode.is_positive for part in parts)


def _fill_path(case: Case, made: dict[str, Any]) -> dict[str, Any]:
    """Put an id into the path: of what was made for it, or of what this caller finds in the list above it."""
    start, _, rest = case.operation.path.partition("{")
    name = rest.partition("}")[0]
    item = made or listed(LISTED_IN.get(start, start.rstrip("/"))).any() or {}
    value = item.get(name, item.get("external_id") if name == "external_id" else item.get("id"))
    if value is not None and start.endswith("/"):
        case.path_parameters = {**case.path_parameters, name: quote(str(value), safe="")}
    if "form" in case.path_parameters:
        case.path_parameters = {**case.path_parameters, "form": "csv"}
    return item


@schemathesis.hook
def after_call(context: schemathesis.HookContext, case: Case, response: schemathesis.Response) -> None:
    told = {name.lower(): ", ".join(values) for name, values in response.headers.items()}
    shown = shown_in(response.content.decode(errors="replace"), told)
    if 200 <= response.status_code < 300:
        succeeded.add(case.operation.label)
    code = ""
    if told.get("content-type", "").startswith("application/problem+json"):
        code = json.loads(response.content).get("code", "")
    note(NOTES, operation=case.operation.label, status=response.status_code, code=code, shown=shown)
