"""Take documents, have them scanned, hand them out."""

from __future__ import annotations

import hashlib
import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from cryptography.exceptions import InvalidTag
from django.conf import settings
from django.db import connection, transaction

from foundation.actors import Actor, system
from foundation.audit.models import Outcome
from foundation.audit.services import record
from foundation.errors import Conflict, NotFound, TooMany
from foundation.identity.keys import KeyDestroyed
from foundation.identity.models import Party
from foundation.ids import uuid7
from foundation.states import move
from foundation.uploads import cleaning, files, scanning
from foundation.uploads.errors import NotTaken
from foundation.uploads.models import Upload
from foundation.uploads.selectors import view_of
from foundation.uploads.states import Kind, State
from foundation.uploads.types import UploadView, subjects

log = logging.getLogger(__name__)

MOST_BYTES = 8 * 1024 * 1024
MOST_FOR_ONE_THING, MOST_IN_A_DAY = 10, 50
SCANNED_AT_ONCE = 200
CLEANED_AT_ONCE = 4  # of all people, on all machines: each may take a gigabyte
CLEANING_SECONDS, ORPHAN_SECONDS = 30, 3_600.0
SCANNER = system("uploads")


def take_document(
    *, subject_type: str, subject_id: UUID, raw: bytes, by: Actor, at: datetime, party_id: UUID | None = None
) -> UploadView:
    """Clean and keep a document about something; the same one twice is one. NotTaken, TooMany, Conflict or NotFound.

    `party_id` names whose it must be: another's is NotFound.
    """
    owner_id, is_open = subjects.find(subject_type).owner(subject_id)
    if party_id is not None and party_id != owner_id:
        raise NotFound()
    if not is_open:
        raise Conflict("uploads.closed", "It is over: no document changes it any more.")
    about = Upload.objects.filter(subject_type=subject_type, subject_id=subject_id)
    _refuse_too_many(about.count(), owner_id)
    with _a_place(owner_id):
        kind, content = _cleaned(raw)
    digest = hashlib.sha256(content).digest()
    with transaction.atomic():
        party = Party.objects.locked(owner_id)
        if known := about.filter(digest=digest).first():
            if known.state == State.REFUSED:
                raise NotTaken("uploads.refused", "The virus scanner found something in this document.")
            return view_of(known)
        _refuse_too_many(about.count(), party.pk)
        upload = Upload(
            id=uuid7(), party=party, subject_type=subject_type, subject_id=subject_id, kind=kind, size=len(content),
            digest=digest, sent_by=by.reference, sent_at=at,
            state=State.WAITING if scanning.is_there() else State.READY,
        )  # fmt: skip
        upload.file = files.store(content, key_id=party.key_id, bound_to=upload.pk)
        upload.save(force_insert=True)
        record("upload.taken", by=by, subject=upload, about=f"{subject_type}:{subject_id}", size=upload.size)
    return view_of(upload)


def open_document(
    upload_id: UUID, *, by: Actor, subject_types: frozenset[str], party_id: UUID | None = None
) -> tuple[UploadView, bytes]:
    """A document and its content, and a record that it was opened; NotFound unless it is ready and theirs to see."""
    found = Upload.objects.filter(pk=upload_id, subject_type__in=subject_types, state=State.READY)
    upload = (found.filter(party_id=party_id) if party_id else found).select_related("party").first()
    if upload is None:
        raise NotFound()
    content = files.read(upload.file, key_id=upload.party.key_id, bound_to=upload.pk)
    record("upload.opened", by=by, subject=upload, outcome=Outcome.READ, subjects=1)
    return view_of(upload), content


def scan_waiting(*, at: datetime, seconds: float = 40.0) -> dict[str, int]:
    """Ask the scanner about what waits; while it is silent everything waits on."""
    until, counts = time.monotonic() + seconds, {"clean": 0, "refused": 0}
    waiting = Upload.objects.filter(state=State.WAITING).select_related("party")
    for upload in waiting.order_by("?")[:SCANNED_AT_ONCE]:  # by chance: bad ones never stand before all others
        if time.monotonic() > until:
            break
        try:
            verdict = scanning.scan(files.read(upload.file, key_id=upload.party.key_id, bound_to=upload.pk))
        except scanning.ScannerSilent as problem:
            log.warning("uploads.scanner_silent", extra={"upload": str(upload.pk), "problem": str(problem)})
            if _scanner_answers():
                continue
            break
        except (KeyDestroyed, OSError, InvalidTag) as problem:
            log.warning("uploads.unreadable", extra={"upload": str(upload.pk), "problem": repr(problem)})
            continue
        with transaction.atomic():
            held = Upload.objects.select_for_update().get(pk=upload.pk)
            if held.state != State.WAITING:
                continue
            to = State.REFUSED if verdict.finding else State.READY
            move(held, to=to, by=SCANNER, at=at, scanned_at=at, finding=verdict.finding)
        if verdict.finding:
            _remove_unless_copied(upload.file)
        counts["refused" if verdict.finding else "clean"] += 1
    return counts


def remove_orphans() -> int:
    """Files whose row never came, and what is left of refused ones."""
    old = {name for name in files.names() if files.age_seconds(name, time.time()) > ORPHAN_SECONDS}
    kept = set(Upload.objects.filter(file__in=old).exclude(state=State.REFUSED).values_list("file", flat=True))
    for name in old - kept:
        _remove_unless_copied(name)
    return len(old - kept)


def _remove_unless_copied(name: str) -> None:
    """A copy being taken may hold the row as it was before: then the sweep removes the content later."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_xact_lock({files.REMOVING})")
        if cursor.fetchone()[0]:
            files.remove(name)


def _scanner_answers() -> bool:
    try:
        scanning.ping()
    except scanning.ScannerSilent:
        return False
    return True


@contextmanager
def _a_place(party_id: UUID) -> Iterator[None]:
    """One of the places where documents are cleaned, and never two for one person; TooMany when there is none."""
    with _held([f"uploads:{party_id}"]) as is_alone:
        if not is_alone:
            raise TooMany("uploads.one_at_a_time", "Another document is just being read. Send this one in a moment.")
        with _held([f"uploads.place:{number}" for number in range(CLEANED_AT_ONCE)]) as has_place:
            if not has_place:
                raise TooMany("uploads.busy", "Many documents are just being read. Send this one again in a moment.")
            yield


@contextmanager
def _held(names: list[str]) -> Iterator[bool]:
    """Whether the first free one of these locks could be had; it is kept by this session, and lost with it."""
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
            if cursor.fetchone()[0]:
                break
        else:
            yield False
            return
        try:
            yield True
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])


def _refuse_too_many(about_it: int, party_id: UUID) -> None:
    if about_it >= MOST_FOR_ONE_THING:
        raise Conflict(
            "uploads.enough", f"{MOST_FOR_ONE_THING} documents are there already; a person looks at them.",
            most=MOST_FOR_ONE_THING,
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM upload WHERE party_id = %s AND recorded_at > clock_timestamp() - interval '1 day'",
            [party_id],
        )
        (today,) = cursor.fetchone()
    if today >= MOST_IN_A_DAY:
        raise TooMany("uploads.too_many", "So many documents came today that no more are taken until tomorrow.")


def _cleaned(raw: bytes) -> tuple[Kind, bytes]:
    """What is left of it after a process of its own, with little memory and time, took it apart."""
    if not raw:
        raise NotTaken(detail="The file is empty.")
    if len(raw) > MOST_BYTES:
        raise NotTaken("uploads.too_large", f"The file is larger than {MOST_BYTES >> 20} MB. Send a smaller one.")
    line = [sys.executable, "-m", cleaning.__name__]
    try:
        done = subprocess.run(  # noqa: S603  our own program; the file goes in on stdin
            line, input=raw, capture_output=True, timeout=CLEANING_SECONDS, cwd=settings.BASE_DIR,
            env={"PATH": "", "LC_ALL": "C", "OPENBLAS_NUM_THREADS": "1"}, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise NotTaken(detail="The file takes too long to read. Send a photo of the document.") from None
    if done.returncode == cleaning.REFUSED:
        raise NotTaken(detail=done.stdout.decode())
    kind, _, content = done.stdout.partition(b"\n")
    if done.returncode != 0 or not content:
        raise NotTaken(detail="The file cannot be read. Send a photo of the document.")
    return Kind(kind.decode()), content
