"""What the fuzzer asks beside its cases, as the same caller: what is there, and what it makes to act on."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import requests

from fanzmoney.trials.fuzzing.calls import CALLER

Item = dict[str, Any]
WHO = json.loads(os.environ[CALLER])
BASE, NOTES = WHO["base"], Path(WHO["notes"])
chance = Random(WHO["seed"])  # noqa: S311
FRESH_FOR = 40  # cases: what exists changes with what is asked
PATIENCE_SECONDS = 20


class Listed:
    """What this caller is shown in a list, read again now and then."""

    def __init__(self, path: str) -> None:
        self.path, self.asked = path, 0
        self.items: list[Item] = []

    def fresh(self) -> list[Item]:
        answer = requests.get(f"{BASE}{self.path}", headers=WHO["headers"], timeout=PATIENCE_SECONDS)
        self.items = answer.json().get("data", []) if answer.ok else []
        return self.items

    def any(self) -> Item | None:
        if self.asked % FRESH_FOR == 0 or not self.items:
            self.fresh()
        self.asked += 1
        return chance.choice(self.items) if self.items else None


@cache
def listed(path: str) -> Listed:
    return Listed(path)


def known(path: str, name: str) -> Any:
    """One value of this field in that list."""
    item = listed(path).any()
    return item.get(name) if item else None


def post(path: str, body: Item | None = None, headers: dict[str, str] | None = None) -> Item:
    """What the answer says when it is a good one, else nothing."""
    told = {**(WHO["headers"] if headers is None else headers), "Idempotency-Key": uuid4().hex}
    answer = requests.post(f"{BASE}{path}", json=body or {}, headers=told, timeout=PATIENCE_SECONDS)
    return dict(answer.json()) if answer.ok else {}
