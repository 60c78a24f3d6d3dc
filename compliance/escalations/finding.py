"""Escalations by their number, or by that of the creator they are about."""

from __future__ import annotations

from django.db.models import Q

from compliance.escalations.models import Escalation
from compliance.escalations.states import EscalationType
from foundation.search import Asked, Finder, Hit, finders


def find_escalations(asked: Asked) -> list[Hit]:
    if asked.id is None:
        return []
    rows = Escalation.objects.filter(Q(pk=asked.id) | Q(creator_id=asked.id)).order_by("-id")[: asked.most]
    return [
        Hit(EscalationType(row.type).label, f"{row.severity}, {row.get_state_display()}", (row.pk,)) for row in rows
    ]


finders.add("escalations", Finder("Escalations", "shield", "compliance:escalation", find_escalations))
