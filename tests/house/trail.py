"""What the audit trail says of one request: XA2."""

from __future__ import annotations

from itertools import groupby, pairwise
from typing import Any

from foundation.audit.models import AuditPersonal, AuditRecord, Outcome


def trail_of(answer: Any) -> list[AuditRecord]:
    """The records under the number the caller was given, in their order."""
    return list(AuditRecord.objects.filter(request_id=answer.headers["X-Request-Id"]).order_by("id"))


def wrong_with_act(trail: list[AuditRecord], thing: str, said: str, state: str) -> str:
    """Why this is not the record of one act: who, when, what, from where, why and what it was before and after.

    Of each thing there is one record, or one for each state it came to, each beginning where the last ended, and
    then at most one more that names the act. An act that makes something new is about that alone: no `thing`.
    """
    if not trail or {record.outcome for record in trail} != {Outcome.DONE}:
        return "not done"
    if len({record.actor for record in trail}) != 1 or any(record.at is None for record in trail):
        return "by several, or at no time"
    places = AuditPersonal.objects.filter(record_id__in=[record.pk for record in trail]).values_list(
        "values", flat=True
    )
    if len(places) != len(trail) or not all(place.get("ip") for place in places):
        return "from nowhere"
    if said and not any(said in f"{record.reason} {record.facts}" for record in trail):
        return "for no reason"
    ordered = sorted(trail, key=lambda record: (record.subject_id, record.pk))
    for subject, found in groupby(ordered, key=lambda record: record.subject_id):
        records = list(found)
        moves = [record for record in records if record.action.endswith(".moved")]
        if len(records) - len(moves) > 1:
            return f"said twice of {subject}"
        if any(one.facts["after"] != two.facts["before"] for one, two in pairwise(moves)):
            return f"states of {subject} are missing"
        if subject == thing and moves and moves[0].facts["before"] != state:
            return f"from another state than {state}"
    return "of another thing" if thing and thing not in {record.subject_id for record in trail} else ""
