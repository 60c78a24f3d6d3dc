"""A creator sends what was asked of them, and gets back what they sent."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from dashboards.documents import handed_out, sent
from dashboards.starz.payouts.pages import me
from foundation import clock
from foundation.errors import Refusal
from foundation.identity.actors import actor_of
from foundation.uploads.services import open_document, take_document
from payouts.life.selectors import get_payout
from payouts.life.types import DOCUMENTS_ABOUT

OWN = frozenset({DOCUMENTS_ABOUT})


def send(request: HttpRequest, payout_id: UUID) -> HttpResponse:
    creator_id = me(request)
    get_payout(payout_id, creator_id=creator_id)
    try:
        take_document(
            subject_type=DOCUMENTS_ABOUT, subject_id=payout_id, raw=sent(request), by=actor_of(request), at=clock.now(),
            party_id=creator_id,
        )  # fmt: skip
        messages.success(request, "It is here. A person of ours looks at it.")
    except Refusal as refusal:
        messages.error(request, refusal.detail)
    return redirect(reverse("starz:payout", args=[payout_id]) + "#documents")


def document(request: HttpRequest, document_id: UUID) -> HttpResponse:
    return handed_out(*open_document(document_id, by=actor_of(request), subject_types=OWN, party_id=me(request)))
