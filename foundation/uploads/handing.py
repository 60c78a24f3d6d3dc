"""How a document leaves the house: as a file to keep, never opened in our name."""

from __future__ import annotations

from django.http import HttpResponse

from foundation.uploads.types import UploadView


def handed_out(view: UploadView, content: bytes) -> HttpResponse:
    answer = HttpResponse(content, content_type=view.kind.value)
    answer.headers["Content-Disposition"] = f'attachment; filename="{view.filename}"'
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer.headers["Cache-Control"] = "no-store"
    return answer
