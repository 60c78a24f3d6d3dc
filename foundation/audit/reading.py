"""Who reads the trail stands in it too: one record that names the question and how much it showed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from foundation.actors import Actor
from foundation.audit.selectors import AuditLine, AuditQuery, search_records
from foundation.audit.services import record_read

# An action, a reference, a number, an id: words of ours, which hold a sign or a digit and no space.
CODE = re.compile(r"(?=.*[\d._:#])[\w.:#-]{1,120}")


def read_records(query: AuditQuery, *, by: Actor, before: int | None = None, limit: int = 50) -> list[AuditLine]:
    """Search, and write down that this was asked."""
    found = search_records(query, before=before, limit=limit)
    note_reading("audit.searched", query, by=by, subjects=subjects_of((x.subject_type, x.subject_id) for x in found))
    return found


def note_reading(action: str, query: AuditQuery, *, by: Actor, subjects: int, **facts: Any) -> None:
    """Words that may be a name or an address, known here or not, stand where they can be erased."""
    said, personal = query.said(), {}
    if query.words and not CODE.fullmatch(query.words):
        personal = {"words": said.pop("words")}
    record_read(action, by=by, query=said, subjects=subjects, personal=personal, **facts)


def subjects_of(pairs: Iterable[tuple[str, str]]) -> int:
    return len({pair for pair in pairs if pair[1]})
