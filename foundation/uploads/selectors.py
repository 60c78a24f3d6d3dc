"""Questions about documents."""

from __future__ import annotations

from uuid import UUID

from foundation.uploads.models import Upload
from foundation.uploads.states import Kind, State
from foundation.uploads.types import UploadView


def list_documents(subject_type: str, subject_id: UUID) -> list[UploadView]:
    """What was sent about this, newest first."""
    found = Upload.objects.filter(subject_type=subject_type, subject_id=subject_id).order_by("-pk")
    return [view_of(upload) for upload in found]


def count_waiting() -> int:
    """How many wait for the scanner."""
    return Upload.objects.filter(state=State.WAITING).count()


def view_of(upload: Upload) -> UploadView:
    return UploadView(upload.pk, Kind(upload.kind), upload.size, State(upload.state), upload.sent_by, upload.sent_at)
