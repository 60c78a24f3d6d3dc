"""What a person has been told, and how they want to hear."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from foundation import prepared
from foundation.clock.functions import FanzNow
from foundation.identity.models import User
from foundation.notifications.catalogue import notices, topics
from foundation.notifications.models import Delivery, Notification
from foundation.notifications.rules.channels import ways
from foundation.notifications.states import Level, State
from foundation.notifications.types import NotificationLine, TopicChoice

MOST_IN_A_LIST, MOST_COUNTED = 50, 100
_UNREAD_OF = """
SELECT asked.id, (SELECT count(*) FROM (
    SELECT FROM notification WHERE recipient_id = asked.id AND in_app AND read_at IS NULL LIMIT %s
) AS unread) FROM unnest(%s::uuid[]) AS asked (id)
"""  # every process with open pages asks this every second
_MARKS = """
SELECT asked.id, (SELECT coalesce(md5(string_agg(concat_ws(' ', id, read_at, settled_at), ' ' ORDER BY id)), '') FROM (
    SELECT id, read_at, settled_at FROM notification WHERE recipient_id = asked.id AND in_app ORDER BY id DESC LIMIT %s
) AS shown) FROM unnest(%s::uuid[]) AS asked (id)
"""


def list_notifications(
    user_id: UUID, *, before: UUID | None = None, limit: int = MOST_IN_A_LIST
) -> list[NotificationLine]:
    """One's own messages, newest first; `before` is the last id of the page before."""
    rows = Notification.objects.visible_to(user_id).order_by("-id")
    rows = rows.filter(pk__lt=before) if before else rows
    return [line_of(row) for row in rows[: min(limit, MOST_IN_A_LIST)]]


def line_of(row: Notification) -> NotificationLine:
    return NotificationLine(
        row.pk, row.notice, Level(row.level), row.title, row.body, row.path, row.created_at, row.read_at,
        row.settled_at,
    )  # fmt: skip


def list_told(
    party_id: UUID, notices_wanted: Collection[str], *, path: str = "", limit: int = MOST_IN_A_LIST
) -> list[NotificationLine]:
    """What this person was told by these notices, newest first; with a path, what led there."""
    rows = Notification.objects.filter(recipient__party_id=party_id, in_app=True, notice__in=notices_wanted)
    return [line_of(row) for row in (rows.filter(path=path) if path else rows).order_by("-id")[:limit]]


def count_unread(user_id: UUID) -> int:
    """The number on the bell; more than a hundred are a hundred."""
    return Notification.objects.visible_to(user_id).unread().order_by()[:MOST_COUNTED].count()


def count_unread_of(user_ids: Collection[UUID]) -> dict[UUID, int]:
    """The number on the bell of each of these people, in one statement."""
    return dict(prepared.run(_UNREAD_OF, [MOST_COUNTED, list(user_ids)]))


def marks_of(user_ids: Collection[UUID]) -> dict[UUID, str]:
    """A mark of what the newest page of each of these people shows: another one as soon as that changes."""
    return dict(prepared.run(_MARKS, [MOST_IN_A_LIST, list(user_ids)]))


def count_due() -> int:
    """Mails whose moment has come and that nobody has sent yet."""
    return Delivery.objects.filter(state=State.DUE, due_at__lte=FanzNow()).count()


def count_sent_since(ago: timedelta) -> int:
    return Delivery.objects.filter(state=State.SENT, sent_at__gte=FanzNow() - ago).count()


def choices_of(user_id: UUID) -> list[TopicChoice]:
    """Each topic and how this person hears of it now."""
    user = User.objects.get(pk=user_id)
    choices = []
    for topic, declared in topics.items():
        if not user.is_staff and declared.outside.isdisjoint(user.role_names):
            continue
        levels = sorted({notice.level for notice in notices.values() if notice.topic == topic}, key=list(Level).index)
        if levels:
            wanted = [ways(level, topic, user.preferences) for level in levels]
            choices.append(
                TopicChoice(
                    topic,
                    declared.about,
                    in_app=all(way.in_app for way in wanted),
                    by_mail=any(way.by_mail for way in wanted),
                    has_actions=Level.ACTION_REQUIRED in levels,
                )
            )
    return choices
