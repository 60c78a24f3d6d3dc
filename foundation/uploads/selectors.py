"""Questions about documents."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag

from foundation.identity.keys import KeyDestroyed
from foundation.uploads import files
from foundation.uploads.models import Upload
from foundation.uploads.states import Kind, State
from foundation.uploads.types import UploadView

MOST_NAMED = 50


def list_documents(subject_type: str, subject_id: UUID) -> list[UploadView]:
    """What was sent about this, newest first."""
    found = Upload.objects.filter(subject_type=subject_type, subject_id=subject_id).order_by("-pk")
    return [view_of(upload) for upload in found]


def count_waiting() -> int:
    """How many wait for the scanner."""
    return Upload.objects.filter(state=State.WAITING).count()


def look_at_files() -> dict[str, Any]:
    """How many documents are kept, and which of them lost their file or hold something else than what was taken."""
    counts = {"documents": 0, "erased": 0, "missing": 0, "differing": 0}
    named: list[dict[str, str]] = []
    for upload in Upload.objects.exclude(state=State.REFUSED).select_related("party").order_by("pk").iterator():
        counts["documents"] += 1
        if (wrong := _what_is_wrong(upload)) is None:
            continue
        counts[wrong] += 1
        if wrong != "erased" and len(named) < MOST_NAMED:
            words = "has no file" if wrong == "missing" else "is not what was taken"
            named.append({"document": str(upload.pk), "file": upload.file, "detail": f"Its content {words}."})
    if more := counts["missing"] + counts["differing"] - len(named):
        named.append({"detail": f"{more} more documents are missing or differ."})
    return {**counts, "findings": named}


def _what_is_wrong(upload: Upload) -> str | None:
    try:
        content = files.read(upload.file, key_id=upload.party.key_id, bound_to=upload.pk)
    except KeyDestroyed:
        return "erased"
    except FileNotFoundError:
        is_refused = Upload.objects.filter(pk=upload.pk, state=State.REFUSED).exists()  # while this looks
        return None if is_refused else "missing"
    except (OSError, InvalidTag):
        return "differing"
    return None if hashlib.sha256(content).digest() == bytes(upload.digest) else "differing"


def view_of(upload: Upload) -> UploadView:
    return UploadView(upload.pk, Kind(upload.kind), upload.size, State(upload.state), upload.sent_by, upload.sent_at)
