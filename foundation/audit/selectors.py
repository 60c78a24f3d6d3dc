"""Questions about what happened: who did what to what, when, and why."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, QuerySet

from foundation.audit.models import AuditRecord, Outcome
from foundation.errors import NotFound

MOST_IN_A_LIST = 200
EXPORTED_AT_ONCE = 1_000
# Writers live for a minute at most; after a restore numbers of transactions begin anew, so the time counts as well.
A_TRANSACTION = timedelta(minutes=2)


PART_OF_AN_ACTION, MOST_ACTIONS = re.compile(r"[a-z0-9_.]{3,100}"), 40
# From one action to the next in the index: as many steps as there are actions, however many records.
_ACTIONS = """
WITH RECURSIVE known AS (
    (SELECT action FROM audit_record ORDER BY action LIMIT 1)
    UNION ALL
    SELECT (SELECT action FROM audit_record WHERE action > known.action ORDER BY action LIMIT 1)
    FROM known WHERE known.action IS NOT NULL
)
SELECT action FROM known WHERE strpos(action, %s) > 0 ORDER BY length(action), action LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One record as readers see it; its personal half is not among the answers."""

    id: int
    at: datetime
    actor: str
    action: str
    outcome: str
    subject_type: str
    subject_id: str
    reason: str
    request_id: str
    facts: dict[str, Any]
    platform_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """What to look for. `words` is part of an action, or an exact actor, subject, request or number; `people` were
    found by name."""

    words: str = ""
    people: Collection[str] = ()
    outcome: str = ""
    since: datetime | None = None
    until: datetime | None = None
    actor: str = ""
    action: str = ""
    subject_type: str = ""
    subject_id: str = ""
    request_id: str = ""
    platform_id: UUID | None = None
    actor_kind: str = ""

    def said(self) -> dict[str, Any]:
        """What was asked, without what stayed open."""
        return {name: value for name, value in asdict(self).items() if value and name != "people"}


def search_records(query: AuditQuery, *, before: int | None = None, limit: int = 50) -> list[AuditLine]:
    """Records that fit, newest first; `before` is the last number of the page before."""
    return _lines(_newest(query, before, min(limit, MOST_IN_A_LIST)))


def matching_records(query: AuditQuery) -> QuerySet[AuditRecord]:
    """Records that fit, for a door that pages by itself; words are not looked for here."""
    return AuditRecord.objects.filter(_narrowed(query))


def all_records(query: AuditQuery, *, most: int) -> Iterator[AuditLine]:
    """Every record that fits, newest first, read in pieces so that nothing is held meanwhile."""
    before: int | None = None
    while most > 0 and (found := _lines(_newest(query, before, min(EXPORTED_AT_ONCE, most)))):
        yield from found
        before, most = found[-1].id, most - len(found)


def last_done(*actions: str) -> AuditLine | None:
    """The last time one of these happened."""
    return next(iter(_lines(AuditRecord.objects.filter(action__in=actions).order_by("-id")[:1])), None)


def count_records(query: AuditQuery, *, most: int) -> tuple[int, int]:
    """How many records fit, up to `most`, and about how many different things they are."""
    newest = AuditRecord.objects.filter(_fits(query)).order_by("-id")[:most].values("id", "subject_type", "subject_id")
    found = AuditRecord.objects.filter(pk__in=newest.values("id"))
    subjects = found.exclude(subject_id="").values("subject_type", "subject_id").distinct().count()
    return found.aggregate(n=Count("pk"))["n"], subjects


def records_about(subject_type: str, subject_id: str, *, limit: int = 50) -> list[AuditLine]:
    """The history of one thing, newest first."""
    return search_records(AuditQuery(subject_type=subject_type, subject_id=subject_id), limit=limit)


def records_about_all(subject_ids: Collection[str], *, limit: int = 200) -> list[AuditLine]:
    """What was done with these things in one, oldest first; of a longer one its newest part. Not what was refused."""
    rows = AuditRecord.objects.filter(subject_id__in=list(subject_ids)).exclude(subject_id="").order_by("-id")
    rows = rows.exclude(outcome=Outcome.REFUSED)
    return _lines(rows[:limit])[::-1]


def records_of_transaction(xact: str, at: datetime) -> list[AuditLine]:
    """What else was written down by the transaction that wrote something at this moment, in its order."""
    span = (at - A_TRANSACTION, at + A_TRANSACTION)
    fits = AuditRecord.objects.extra(where=["xact = %s::text::xid8"], params=[xact])
    return _lines(fits.filter(at__range=span).order_by("id")[:MOST_IN_A_LIST])


def get_record(number: int) -> AuditLine:
    """One record. NotFound when there is none."""
    found = _lines(AuditRecord.objects.filter(pk=number))
    if not found:
        raise NotFound("audit.not_found", "There is no such record.")
    return found[0]


def _narrowed(query: AuditQuery) -> Q:
    fits = Q()
    for name in ("outcome", "actor", "action", "subject_type", "subject_id", "request_id", "platform_id"):
        if value := getattr(query, name):
            fits &= Q(**{name: value})
    if query.actor_kind:
        fits &= Q(actor__startswith=f"{query.actor_kind}:")
    if query.since:
        fits &= Q(at__gte=query.since)
    if query.until:
        fits &= Q(at__lt=query.until)
    return fits


def _meanings(query: AuditQuery) -> list[Q]:
    """What the words may be: each meaning has an index of its own."""
    if not query.words:
        return [Q()]
    actors = [query.words, f"user:{query.words}", *query.people, *(f"user:{person}" for person in query.people)]
    meanings = [Q(action=action) for action in _actions_with(query.words)]
    meanings.append(Q(request_id=query.words))
    meanings += [Q(actor=actor) for actor in dict.fromkeys(actors)]
    meanings += [Q(subject_id=subject) for subject in dict.fromkeys([query.words, *query.people])]
    number = query.words.removeprefix("#")
    if number.isascii() and number.isdigit() and len(number) < 19:
        meanings.append(Q(pk=int(number)))
    return meanings


def _actions_with(words: str) -> list[str]:
    """The actions these words are a part of; there are few actions, and each is looked up by its index."""
    if not PART_OF_AN_ACTION.fullmatch(words):
        return [words]
    with connection.cursor() as cursor:
        cursor.execute(_ACTIONS, [words, MOST_ACTIONS])
        return list(dict.fromkeys([words, *(action for (action,) in cursor.fetchall())]))


def _fits(query: AuditQuery) -> Q:
    fits = Q()
    for meaning in _meanings(query):
        fits |= meaning
    return fits & _narrowed(query)


def _newest(query: AuditQuery, before: int | None, limit: int) -> QuerySet[AuditRecord]:
    """The newest of each meaning, and of these the newest: every part walks one index and stops."""
    narrowed = _narrowed(query) & (Q(pk__lt=before) if before else Q())
    parts = [AuditRecord.objects.filter(meaning & narrowed).order_by("-id")[:limit] for meaning in _meanings(query)]
    if len(parts) == 1:
        return parts[0]
    ids = parts[0].values("pk").union(*(part.values("pk") for part in parts[1:])).order_by("-pk")[:limit]
    return AuditRecord.objects.filter(pk__in=[row["pk"] for row in ids]).order_by("-id")


def _lines(rows: QuerySet[AuditRecord]) -> list[AuditLine]:
    return [
        AuditLine(
            row.pk, row.at, row.actor, row.action, row.outcome, row.subject_type, row.subject_id, row.reason,
            row.request_id, row.facts, row.platform_id,
        )
        for row in rows
    ]  # fmt: skip
