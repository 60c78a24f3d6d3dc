"""Evidence about an escalation: added by those who work on it, opened by those who read it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from compliance.escalations.selectors import get_escalation
from compliance.escalations.types import DOCUMENTS_ABOUT
from dashboards.documents import handed_out, sent
from foundation import clock
from foundation.errors import Refusal
from foundation.identity.actors import actor_of
from foundation.uploads.services import open_document, take_document

SEEN = frozenset({DOCUMENTS_ABOUT})


def send(request: HttpRequest, escalation_id: UUID) -> HttpResponse:
    get_escalation(escalation_id)
    try:
        take_document(
            subject_type=DOCUMENTS_ABOUT, subject_id=escalation_id, raw=sent(request), by=actor_of(request),
            at=clock.now(),
        )  # fmt: skip
        messages.success(request, "Kept with the escalation.")
    except Refusal as refusal:
        messages.error(request, refusal.detail)
    return redirect(reverse("compliance:escalation", args=[escalation_id]) + "#documents")


def document(request: HttpRequest, document_id: UUID) -> HttpResponse:
    return handed_out(*open_document(document_id, by=actor_of(request), subject_types=SEEN))
