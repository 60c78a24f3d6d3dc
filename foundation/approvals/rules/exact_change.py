"""What exactly is agreed to: a change as one canonical text, and the hash a decision is bound to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

LONGEST_TEXT = 4_000


def fingerprint(kind: str, payload: Mapping[str, Any]) -> str:
    """The SHA-256 of kind and payload, the same for every order of keys and every process."""
    text = json.dumps({"kind": kind, "payload": payload}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def faults_in(payload: Mapping[str, Any], fields: Mapping[str, type]) -> list[dict[str, str]]:
    """What is wrong with a payload: every field must be there, be known, and be of exactly its type."""
    faults = [(name, "missing", "This field is needed.") for name in fields if name not in payload]
    faults += [(name, "unknown", "There is no such field.") for name in payload if name not in fields]
    for name, kind in fields.items():
        if name not in payload:
            continue
        value = payload[name]
        if type(value) is not kind:
            faults.append((name, "wrong_type", f"This has to be {kind.__name__}."))
        elif isinstance(value, str) and ("\x00" in value or len(value) > LONGEST_TEXT):
            faults.append((name, "bad_text", f"At most {LONGEST_TEXT} characters, none of them NUL."))
        elif not _is_exact(value):
            faults.append((name, "not_exact", "Whole numbers, texts, truth values and lists of them only."))
    return [{"field": name, "code": code, "detail": detail} for name, code, detail in faults]


def _is_exact(value: Any) -> bool:
    """Whether a value comes back from storage as it went in; a float may not."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_exact(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(_is_exact, value))
    return value is None or isinstance(value, str | bool) or (isinstance(value, int) and abs(value) < 2**53)
