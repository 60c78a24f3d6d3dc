"""What a document can be, and its life."""

from __future__ import annotations

from django.db.models import TextChoices


class Kind(TextChoices):
    PDF = "application/pdf", "PDF"
    JPEG = "image/jpeg", "JPEG"
    PNG = "image/png", "PNG"


SUFFIXES = {Kind.PDF: "pdf", Kind.JPEG: "jpg", Kind.PNG: "png"}


class State(TextChoices):
    WAITING = "WAITING", "Waits for the virus scanner; nobody gets it"
    READY = "READY", "Whoever may see it gets it"
    REFUSED = "REFUSED", "The scanner found something; its content is gone"


MOVES = {State.WAITING: (State.READY, State.REFUSED)}
