"""Take a list in, hold a party's name against the lists in force, and remember who is not who."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from compliance.sanctions.events import SanctionsImported
from compliance.sanctions.models import SanctionsClearance, SanctionsEntry, SanctionsList
from compliance.sanctions.rules.names import MATCHES_FROM, best_score, keys_of
from compliance.sanctions.types import EntryMatch, NameMatch
from foundation.actors import Actor
from foundation.audit.services import record, record_read
from foundation.errors import Invalid
from foundation.events import publish
from foundation.identity.personal import read_personal

COLUMNS = ("id", "kind", "name", "aliases", "born", "countries")
MOST_BYTES, AT_ONCE = 200_000_000, 2_000
LOCK = "SELECT pg_advisory_xact_lock(hashtext('sanctions_list'), hashtext(%s))"


def import_list(*, name: str, content: bytes, by: Actor, at: datetime) -> tuple[SanctionsList, bool]:
    """Put a new version of a list in force, all or nothing; the same file again changes nothing.

    A CSV with the columns id, kind (person, entity), name, aliases and countries (each separated by `;`), born.
    """
    digest = hashlib.sha256(content).digest()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(LOCK, [name])
        current = SanctionsList.objects.filter(name=name, is_current=True).first()
        if current is not None and bytes(current.sha256) == digest:
            return current, False
        rows = list(_rows(content))
        SanctionsList.objects.filter(name=name, is_current=True).update(is_current=False)
        made = SanctionsList.objects.create(
            name=name, sha256=digest, entries=len(rows), imported_by=by.reference, imported_at=at
        )
        for row in rows:
            row.list = made
        SanctionsEntry.objects.bulk_create(rows, batch_size=AT_ONCE)
        record("sanctions.imported", by=by, subject=made, name=name, entries=len(rows), sha256=digest.hex())
        publish(SanctionsImported(made.pk, name, len(rows), at), key=made)
    return made, True


def match_party(*, party_id: UUID, by: Actor) -> NameMatch:
    """Hold the name we know of this party against every list in force. That it was opened is written down, the name
    is not; pairs a person has cleared are left out."""
    if not SanctionsList.objects.filter(is_current=True).exists():
        return NameMatch((), (), is_known=False)
    personal = read_personal([party_id]).get(party_id, {})
    name = personal.get("name", "")
    found = match_name(name, personal.get("birth_date", ""))
    cleared = set(
        SanctionsClearance.objects.filter(party_id=party_id).values_list("list_name", "entry_key")
    )  # fmt: skip
    matches = tuple(match for match in found.matches if (match.list_name, match.entry_key) not in cleared)
    record_read(
        "sanctions.matched", by=by, query={"party": party_id}, subjects=1, lists=found.lists, found=len(matches),
        is_known=bool(name),
    )  # fmt: skip
    return NameMatch(found.lists, matches, bool(name))


def match_name(name: str, born: str = "") -> NameMatch:
    """Entries like this name, best first."""
    current = {row.pk: row for row in SanctionsList.objects.filter(is_current=True).order_by("name")}
    candidates = SanctionsEntry.objects.filter(list_id__in=current, keys__overlap=sorted(keys_of([name])))
    matches = [
        EntryMatch(current[entry.list_id].name, entry.list_id, entry.entry_key, found)
        for entry in (candidates if name.strip() and current else [])
        if (found := best_score(name, born, entry.names, entry.born)) >= MATCHES_FROM
    ]
    matches.sort(key=lambda match: (-match.score, match.list_name, match.entry_key))
    return NameMatch(tuple(str(row) for row in current.values()), tuple(matches), bool(name.strip()))


def clear_matches(
    *, party_id: UUID, pairs: Iterable[tuple[str, str]], escalation_id: UUID, by: str, at: datetime
) -> int:
    """This party is not these entries, as a person found; returns how many pairs are new."""
    rows = [
        SanctionsClearance(
            party_id=party_id, list_name=list_name, entry_key=entry_key, escalation_id=escalation_id,
            cleared_by=by, cleared_at=at,
        )
        for list_name, entry_key in pairs
    ]  # fmt: skip
    before = SanctionsClearance.objects.filter(party_id=party_id).count()
    SanctionsClearance.objects.bulk_create(rows, ignore_conflicts=True)
    return SanctionsClearance.objects.filter(party_id=party_id).count() - before


def _rows(content: bytes) -> Iterator[SanctionsEntry]:
    """Each line of the file; Invalid naming the lines that cannot be read."""
    if len(content) > MOST_BYTES:
        raise Invalid("compliance.list_unreadable", "The file is larger than a list can be.")
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
        lines = list(enumerate(reader, start=2))
    except (UnicodeDecodeError, csv.Error) as error:
        raise Invalid("compliance.list_unreadable", "The file is no CSV in UTF-8.") from error
    if not set(COLUMNS) <= set(reader.fieldnames or ()) or not lines:
        raise Invalid("compliance.list_unreadable", f"A list has lines and the columns {', '.join(COLUMNS)}.")
    seen: set[str] = set()
    wrong = []
    for number, line in lines:
        names = [name.strip() for name in (line["name"] or "", *_parts(line["aliases"])) if name.strip()]
        key = (line["id"] or "").strip()
        if not names or not key or key in seen or len(key) > 60 or line["kind"] not in ("person", "entity"):
            wrong.append({"field": f"line {number}", "code": "invalid", "detail": "No id of its own, kind or name."})
            continue
        seen.add(key)
        if not wrong:
            yield SanctionsEntry(
                entry_key=key, kind=line["kind"], names=[name[:200] for name in names], keys=sorted(keys_of(names)),
                born=(line["born"] or "").strip()[:10],
                countries=[part.strip().upper()[:2] for part in _parts(line["countries"]) if part.strip()],
            )  # fmt: skip
    if wrong:
        raise Invalid("compliance.list_unreadable", "Some lines cannot be read; nothing was taken.", errors=wrong[:20])


def _parts(text: str | None) -> list[str]:
    return (text or "").split(";")
