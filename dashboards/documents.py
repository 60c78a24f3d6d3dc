"""What every page with documents does: read the one that was sent, show what is there, hand one out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat

from foundation.http.components import Badge
from foundation.uploads.errors import NotTaken
from foundation.uploads.handing import handed_out
from foundation.uploads.selectors import list_documents
from foundation.uploads.services import MOST_BYTES, MOST_FOR_ONE_THING
from foundation.uploads.states import State

BADGES = {
    State.WAITING: Badge("Is being checked", "review", "clock"),
    State.READY: Badge("There", "normal", "check"),
    State.REFUSED: Badge("Refused by the virus scanner", "frozen", "stop"),
}


def sent(request: HttpRequest) -> bytes:
    """The content of the one file in the form, whatever its name and type say."""
    file = request.FILES.get("document")
    if file is None:
        raise NotTaken(detail="Choose a file first.")
    if (file.size or 0) > MOST_BYTES:
        raise NotTaken("uploads.too_large", f"The file is larger than {MOST_BYTES >> 20} MB. Send a smaller one.")
    content: bytes = file.read()
    return content


def shown(
    subject_type: str, subject_id: UUID, *, post: str = "", opened_at: Callable[[UUID], str] | None = None
) -> dict[str, Any]:
    """For components/documents.html: what is there, where each is opened, and where another is sent."""
    found = list_documents(subject_type, subject_id)
    lines = [
        {
            "one": one,
            "title": f"{one.kind.label}, {filesizeformat(one.size)}",
            "badge": BADGES[one.state],
            "url": opened_at(one.id) if opened_at and one.is_ready else "",
        }
        for one in found
    ]
    has_room = len(found) < MOST_FOR_ONE_THING
    return {"documents": {"lines": lines, "post": post if has_room else "", "most": MOST_BYTES >> 20}}


__all__ = ["handed_out", "sent", "shown"]
