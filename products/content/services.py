"""Take in what platforms tell of content; the same batch again changes nothing."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from foundation.actors import Actor, system
from foundation.audit.services import record
from foundation.errors import Unprocessable
from foundation.http.serializers import error_in
from foundation.identity.roles import Role
from foundation.identity.selectors import list_members
from processors.payments.selectors import get_payment
from processors.payments.states import TAKEN
from products.content.models import Content, ContentAccess, ContentAction, ContentActionKey
from products.content.types import AccessIn, ActionIn, ContentIn, Kept, Source

HOUSE = system("content")
CLOCKS_DIFFER_BY = timedelta(minutes=5)
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
CONTENT_COLUMNS = ("creator_id", "kind", "title", "price_minor", "currency", "is_active")


def upsert_content(*, platform_id: UUID, items: Sequence[ContentIn], by: Actor, at: datetime) -> list[Kept]:
    """Make or change these pieces of one platform. Refuses creators nobody told of, and one id twice in a batch."""
    _each_once([item.external_id for item in items])
    with transaction.atomic():
        _one_batch_at_a_time("content", platform_id)
        creators = _parties(platform_id, Role.CREATOR, [item.creator for item in items])
        _refuse_unknown("creator", [item.creator for item in items], creators)
        known = _content(platform_id, [item.external_id for item in items])
        made, changed, kept = [], [], []
        for item in items:
            values = {
                "creator_id": creators[item.creator], "kind": str(item.kind), "title": item.title,
                "price_minor": item.price.minor if item.price else None,
                "currency": item.price.currency if item.price else "", "is_active": item.is_active,
            }  # fmt: skip
            row = known.get(item.external_id)
            if row is None:
                row = Content(
                    platform_id=platform_id, external_id=item.external_id, created_at=at, updated_at=at, **values
                )
                made.append(row)
                result = "created"
            else:
                result = "updated" if _differs(row, values) else "unchanged"
                if result == "updated":
                    row.updated_at = at
                    changed.append(row)
            kept.append(Kept(item.external_id, result, row.pk))
        Content.objects.bulk_create(made)
        Content.objects.bulk_update(changed, [*CONTENT_COLUMNS, "updated_at"])
        _tell("content.upserted", platform_id, kept, by)
    return kept


def upsert_accesses(*, platform_id: UUID, items: Sequence[AccessIn], by: Actor, at: datetime) -> list[Kept]:
    """Give, extend or end access, and say how much was seen: what was seen only grows, the first device stays."""
    _each_once([item.external_id for item in items])
    _refuse_times("seen_at", [item.seen_at for item in items], until=at + CLOCKS_DIFFER_BY)
    _refuse_times("until", [item.until for item in items], until=LATEST)
    with transaction.atomic():
        _one_batch_at_a_time("accesses", platform_id)
        fans = _parties(platform_id, Role.FAN, [item.fan for item in items])
        content = _content(platform_id, [item.content for item in items])
        _refuse_unknown("fan", [item.fan for item in items], fans)
        _refuse_unknown("content", [item.content for item in items], content)
        known = _accesses(platform_id, items)
        made: list[ContentAccess] = []
        changed: list[ContentAccess] = []
        kept = []
        for number, item in enumerate(items):
            row = known.get(item.external_id) or (known.get(item.payment_id) if item.payment_id else None)
            is_new = row is None
            if row is None:
                if item.payment_id:
                    raise _fault(number, "payment_id", "This payment gives access to nothing.")
                row = ContentAccess(
                    platform_id=platform_id, external_id=item.external_id, content=content[item.content],
                    fan_id=fans[item.fan], source="granted", given_at=at,
                )  # fmt: skip
            elif (row.content_id, row.fan_id) != (content[item.content].pk, fans[item.fan]):
                raise _fault(number, "external_id", "This names the access of another fan or to other content.")
            is_changed = _bring_up_to(row, item, at)
            kept.append(
                Kept(item.external_id, "created" if is_new else "updated" if is_changed else "unchanged", row.pk)
            )
            (made if is_new else changed if is_changed else []).append(row)
        ContentAccess.objects.bulk_create(made)
        ContentAccess.objects.bulk_update(
            changed,
            ["external_id", "until", "ended_at", "ended_because", "seen_percent", "first_seen_at", "last_seen_at",
             "device"],
        )  # fmt: skip
        _tell("content.accesses_upserted", platform_id, kept, by)
    return kept


def _bring_up_to(row: ContentAccess, item: AccessIn, at: datetime) -> bool:
    before = {name: value for name, value in row.__dict__.items() if not name.startswith("_")}
    row.external_id = row.external_id or item.external_id
    row.until = item.until or row.until
    if item.seen_percent or item.seen_at:
        seen_at = item.seen_at or row.last_seen_at or at
        row.seen_percent = max(row.seen_percent, item.seen_percent)
        row.first_seen_at = min(filter(None, (row.first_seen_at, seen_at)))
        row.last_seen_at = max(filter(None, (row.last_seen_at, seen_at)))
        row.device = row.device or item.device
    if not item.is_active and row.ended_at is None:
        row.ended_at, row.ended_because = at, "platform"
    return any(getattr(row, name) != value for name, value in before.items())


def record_actions(*, platform_id: UUID, items: Sequence[ActionIn], by: Actor, at: datetime) -> list[Kept]:
    """Write down what was done; what was told before is known. Refuses another action under a known name."""
    _each_once([item.external_id for item in items])
    _refuse_times("at", [item.at for item in items], until=at + CLOCKS_DIFFER_BY)
    with transaction.atomic():
        content = _content(platform_id, [item.content for item in items])
        _refuse_unknown("content", [item.content for item in items], content)
        said = {item.external_id: _said(item) for item in items}
        is_new = _claim(platform_id, said)
        ContentAction.objects.bulk_create(
            ContentAction(
                platform_id=platform_id, external_id=item.external_id, content=content[item.content], act=item.act,
                by_kind=item.by_kind, by=item.by, reason=item.reason, at=item.at,
            )
            for item in items
            if item.external_id in is_new
        )  # fmt: skip
        kept = [Kept(item.external_id, "created" if item.external_id in is_new else "unchanged") for item in items]
        _tell("content.actions_recorded", platform_id, kept, by)
    return kept


def _claim(platform_id: UUID, said: Mapping[str, bytes]) -> set[str]:
    """The names that nobody used before. Written in one order, so that two batches never wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO content_action_key (platform_id, external_id, said) "
            "SELECT %s, name, said FROM unnest(%s::text[], %s::bytea[]) AS told(name, said) ORDER BY name "
            "ON CONFLICT DO NOTHING RETURNING external_id",
            [platform_id, list(said), list(said.values())],
        )
        fresh = {name for (name,) in cursor.fetchall()}
    known = ContentActionKey.objects.filter(platform_id=platform_id, external_id__in=said.keys() - fresh)
    for name, before in known.values_list("external_id", "said"):
        if bytes(before) != said[name]:
            raise _fault(list(said).index(name), "external_id", "This names another action.")
    return fresh


def _said(item: ActionIn) -> bytes:
    told = [item.content, str(item.act), str(item.by_kind), item.by, item.at.isoformat(), item.reason]
    return hashlib.sha256(json.dumps(told).encode()).digest()


def _content(platform_id: UUID, external_ids: Iterable[str]) -> dict[str, Content]:
    rows = Content.objects.filter(platform_id=platform_id, external_id__in=set(external_ids))
    return {row.external_id: row for row in rows}


def _accesses(platform_id: UUID, items: Sequence[AccessIn]) -> dict[Any, ContentAccess]:
    """What is known under these names or payments, by both."""
    here = ContentAccess.objects.filter(platform_id=platform_id).select_for_update(of=("self",)).order_by("pk")
    named = here.filter(external_id__in=[item.external_id for item in items])
    paid = here.filter(payment_id__in=[item.payment_id for item in items if item.payment_id])
    return {row.payment_id: row for row in paid} | {row.external_id: row for row in named}


def _parties(platform_id: UUID, role: str, external_ids: Iterable[str]) -> dict[str, UUID]:
    rows = list_members(platform_id=platform_id, role=role).filter(external_id__in=set(external_ids))
    return dict(rows.values_list("external_id", "party_id"))


def _differs(row: Content, values: Mapping[str, Any]) -> bool:
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return bool(changed)


def _each_once(external_ids: Sequence[str]) -> None:
    if len(set(external_ids)) != len(external_ids):
        raise Unprocessable("content.twice_in_batch", "An external_id stands twice in this batch.")


def _refuse_unknown(field: str, named: Sequence[str], known: Mapping[str, Any]) -> None:
    errors = [
        error_in(f"items.{number}.{field}", "unknown", f"Your platform told us of no such {field}.")
        for number, name in enumerate(named)
        if name not in known
    ]
    if errors:
        raise Unprocessable("content.unknown", "This batch names what is not known.", errors=errors[:100])


def _refuse_times(field: str, moments: Sequence[datetime | None], *, until: datetime) -> None:
    """A moment of 1970 or of next year is a slip of a program: it would be believed for ever."""
    for number, moment in enumerate(moments):
        if moment and not EARLIEST <= moment <= until:
            raise _fault(number, field, f"A moment from {EARLIEST:%Y-%m-%d} until {until:%Y-%m-%dT%H:%M:%SZ} is taken.")


def _fault(number: int, field: str, sentence: str) -> Unprocessable:
    errors = [error_in(f"items.{number}.{field}", "does_not_fit", sentence)]
    return Unprocessable("content.does_not_fit", sentence, errors=errors)


def _one_batch_at_a_time(what: str, platform_id: UUID) -> None:
    """Two batches with the same newcomers would both make them; the second waits and then finds them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 12))", [f"{what}:{platform_id}"])


def _tell(action: str, platform_id: UUID, kept: Sequence[Kept], by: Actor) -> None:
    counts = Counter(one.result for one in kept)
    record(
        action, by=by, platform_id=platform_id, subject=("identity.platform", str(platform_id)),
        created=counts["created"], updated=counts["updated"], unchanged=counts["unchanged"],
    )  # fmt: skip


def give_paid_access(*, payment_id: UUID, at: datetime) -> None:
    """Who paid for a piece may see it. Told twice, it is given once; taken once more after a loss, it comes back."""
    payment = get_payment(payment_id, HOUSE)
    is_left = payment.refunded + payment.disputed < payment.captured
    if payment.content_id is None or payment.state not in TAKEN or not is_left:
        return
    with transaction.atomic():
        access, is_new = ContentAccess.objects.get_or_create(
            payment_id=payment.id,
            defaults={
                "platform_id": payment.platform_id, "content_id": payment.content_id, "fan_id": payment.fan_id,
                "source": Source.PAYMENT, "given_at": at,
            },
        )  # fmt: skip
        if not is_new and access.ended_because == "undone":
            _open(payment.id)


def end_paid_access(*, payment_id: UUID, because: str, at: datetime) -> None:
    """Nobody goes on seeing what was given back in full or taken by a bank. A part given back changes nothing."""
    payment = get_payment(payment_id, HOUSE)
    if not payment.captured or payment.refunded + payment.disputed >= payment.captured:
        ContentAccess.objects.filter(payment_id=payment_id, ended_at=None).update(ended_at=at, ended_because=because)


def renew_paid_access(*, payment_id: UUID) -> None:
    """The bank gave the money back after all: the fan sees again what the dispute closed."""
    payment = get_payment(payment_id, HOUSE)
    if payment.state in TAKEN and payment.refunded + payment.disputed < payment.captured:
        _open(payment_id, "disputed")


def _open(payment_id: UUID, because: str = "undone") -> None:
    ContentAccess.objects.filter(payment_id=payment_id, ended_because=because).update(ended_at=None, ended_because="")
