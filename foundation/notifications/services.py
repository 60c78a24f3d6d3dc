"""Tell people. A message is written in the transaction of its cause, once per person and cause; its mail follows."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from celery import current_app
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Coalesce
from kombu.exceptions import OperationalError as BrokerGone

from foundation.actors import Actor
from foundation.audit.services import record
from foundation.identity.models import User
from foundation.notifications.catalogue import notices, topics
from foundation.notifications.errors import refusal
from foundation.notifications.models import Delivery, Notification
from foundation.notifications.rules.channels import ways
from foundation.notifications.states import State

log = logging.getLogger(__name__)
DELIVER = "notifications.deliver"
DOORBELL_LASTS_SECONDS, QUIET_SECONDS = 60, 5.0
_quiet_until = 0.0


def notify(*, recipients: Iterable[UUID], notice: str, dedupe: str, facts: Mapping[str, object], at: datetime) -> int:
    """Write this message to these people, to each once however often it is said; returns how many are new.

    `dedupe` names the cause, such as `approval.requested:<id>`.
    """
    told = notices[notice]
    title, body, path = (text.format_map(facts) for text in (told.title, told.body, told.path))
    people = User.objects.filter(pk__in=set(recipients), is_active=True).order_by("pk")
    wanted = {user.pk: ways(told.level, told.topic, user.preferences) for user in people}
    rows = [
        Notification(
            recipient_id=user_id, notice=notice, dedupe=dedupe, level=told.level, title=title[:200], body=body[:1000],
            path=path, in_app=way.in_app, created_at=at,
        )
        for user_id, way in wanted.items()
    ]  # fmt: skip
    with transaction.atomic():
        Notification.objects.bulk_create(rows, ignore_conflicts=True)
        made = set(Notification.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
        mails = [
            Delivery(notification=row, due_at=at) for row in rows if row.pk in made and wanted[row.recipient_id].by_mail
        ]
        Delivery.objects.bulk_create(mails)
        if mails:
            transaction.on_commit(ring)
    return len(made)


def settle(*, dedupe: str, at: datetime) -> int:
    """What waited for several people was done by one: nobody has to look any more, and no list says that it waits."""
    waited = Notification.objects.filter(dedupe=dedupe, settled_at=None)
    return waited.update(settled_at=at, read_at=Coalesce("read_at", Value(at)))


def mark_read(*, notification_id: UUID, user_id: UUID, at: datetime) -> Notification:
    """Note that this person saw it; a second time changes nothing."""
    found = Notification.objects.visible_to(user_id).filter(pk=notification_id).first()
    if found is None:
        raise refusal("notifications.not_found")
    Notification.objects.unread().filter(pk=found.pk).update(read_at=at)
    return found


def mark_all_read(*, user_id: UUID, upto: UUID, at: datetime) -> int:
    """Note that this person saw everything up to the newest message on their page."""
    return Notification.objects.visible_to(user_id).unread().filter(pk__lte=upto).update(read_at=at)


def choose_ways(*, user_id: UUID, topic: str, in_app: bool, by_mail: bool, by: Actor) -> None:
    """Hear of a topic in the app, by mail, both or neither; what waits for a person stays in the app."""
    if topic not in topics:
        raise refusal("notifications.unknown_topic", topic=topic)
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user_id)
        chosen: dict[str, Any] = {"in_app": in_app, "by_mail": by_mail}
        before = user.preferences.get("notifications", {})
        user.preferences = {**user.preferences, "notifications": {**before, topic: chosen}}
        user.save(update_fields=["preferences"])
        record("user.notifications_chosen", by=by, subject=user, topic=topic, before=before.get(topic), **chosen)


def send_again(*, delivery_id: UUID, by: Actor, at: datetime) -> Delivery:
    """Try a mail once more that failed or whose outcome is unknown, under its old Message-ID."""
    with transaction.atomic():
        delivery = Delivery.objects.select_for_update().filter(pk=delivery_id).first()
        if delivery is None:
            raise refusal("notifications.not_found")
        if delivery.state not in (State.FAILED, State.UNKNOWN):
            raise refusal("notifications.not_stuck", state=delivery.state)
        record("notification.sent_again", by=by, subject=delivery, before=delivery.state)
        delivery.state, delivery.due_at, delivery.attempts = State.DUE, at, 0
        delivery.version += 1
        delivery.save(update_fields=["state", "due_at", "attempts", "version"])
        transaction.on_commit(ring)
    return delivery


def ring() -> None:
    """Tell a worker that mail is due. Without a broker nothing is lost: the sweep rings again."""
    global _quiet_until
    if time.monotonic() < _quiet_until:
        return
    try:
        current_app.send_task(DELIVER, expires=DOORBELL_LASTS_SECONDS, retry=False)
    except (BrokerGone, OSError) as error:
        _quiet_until = time.monotonic() + QUIET_SECONDS
        log.warning("nobody hears that mail is due: %s", type(error).__name__)
