"""What other rooms see of documents, and what they say of the things documents are about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from foundation.registry import Registry
from foundation.uploads.states import SUFFIXES, Kind, State


@dataclass(frozen=True, slots=True)
class UploadView:
    """One document, without its content."""

    id: UUID
    kind: Kind
    size: int
    state: State
    sent_by: str
    sent_at: datetime

    @property
    def filename(self) -> str:
        """A name of ours: the sender's never comes back."""
        return f"document-{str(self.id)[-8:]}.{SUFFIXES[self.kind]}"

    @property
    def is_ready(self) -> bool:
        return self.state is State.READY


@dataclass(frozen=True, slots=True)
class Subject:
    """Something documents may be about: whose it is, and whether it still takes any. NotFound when it is not there."""

    owner: Callable[[UUID], tuple[UUID, bool]]
    is_for_outsiders: bool = False
    """Whether its owner, and platforms that know them, send documents about it."""


subjects: Registry[Subject] = Registry("subject of documents")
