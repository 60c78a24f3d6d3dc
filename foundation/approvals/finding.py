"""Requests for approval by their number; those that wait, by what they are called."""

from __future__ import annotations

from foundation.approvals.models import Approval
from foundation.search import Asked, Finder, Hit, finders

FEWEST_LETTERS = 3


def find_approvals(asked: Asked) -> list[Hit]:
    seen = Approval.objects.visible_to(asked.viewer)
    if asked.id is not None:
        rows = seen.filter(pk=asked.id)
    elif len(asked.words) >= FEWEST_LETTERS:
        rows = seen.pending().filter(title__icontains=asked.words).order_by("due_at")
    else:
        return []
    return [Hit(row.title, row.get_state_display(), (row.pk,)) for row in rows[: asked.most]]


finders.add("approvals", Finder("Approvals", "inbox", "ops:approval", find_approvals))
