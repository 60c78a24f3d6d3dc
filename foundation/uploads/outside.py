"""What those outside may do with documents: a creator with their own, a program with what its platform sent."""

from __future__ import annotations

from uuid import UUID

from foundation.actors import Actor, ActorKind
from foundation.errors import NotFound
from foundation.identity.models import ApiClient
from foundation.identity.selectors import external_ids_of
from foundation.uploads.models import Upload
from foundation.uploads.selectors import view_of
from foundation.uploads.types import UploadView, subjects


def subject_types() -> frozenset[str]:
    return frozenset(name for name, subject in subjects.items() if subject.is_for_outsiders)


def owner_for(actor: Actor, subject_type: str, subject_id: UUID) -> UUID:
    """Whose thing this is, when this caller may send documents about it: its creator, or a platform that knows them."""
    if subject_type not in subject_types():
        raise NotFound()
    owner_id, _ = subjects[subject_type].owner(subject_id)
    if actor.kind is ActorKind.CLIENT:
        is_theirs = owner_id in external_ids_of([owner_id], platform_id=actor.platform)
    else:
        is_theirs = owner_id == actor.party_id
    if not is_theirs:
        raise NotFound()
    return owner_id


def document_for(actor: Actor, upload_id: UUID) -> UploadView:
    """One document. NotFound for what is not theirs; a program sees only what programs of its platform sent."""
    rows = Upload.objects.filter(pk=upload_id, subject_type__in=subject_types())
    if actor.kind is ActorKind.CLIENT:
        programs = ApiClient.objects.filter(platform_id=actor.platform).values_list("pk", flat=True)
        rows = rows.filter(sent_by__in=[f"{ActorKind.CLIENT}:{id}" for id in programs])
    else:
        rows = rows.filter(party_id=actor.party_id) if actor.party_id else rows.none()
    found = rows.first()
    if found is None:
        raise NotFound()
    return view_of(found)
