"""Live sessions of people: how they begin, age, are proven again and end."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q

from foundation import clock
from foundation.actors import Actor, system
from foundation.audit.services import record
from foundation.errors import NotFound, Unauthenticated
from foundation.events import publish
from foundation.identity.events import SessionsEnded
from foundation.identity.models import Membership, RoleGrant, SessionMark, User
from foundation.identity.roles import STAFF_ROLES
from foundation.identity.session_store import digest
from foundation.reasons import Reason
from foundation.rows import find

SEEN_EVERY = timedelta(minutes=1)
SWEEPER = system("sessions")
SWEPT_AT_ONCE = 1_000


def has_stepped_up(actor: Actor) -> bool:
    """Whether this person proved to be themselves within the last minutes."""
    return actor.stepped_up_at is not None and clock.now() - actor.stepped_up_at < settings.STEP_UP_LASTS


def is_on_word_alone(actor: Actor) -> bool:
    """Whether only a platform says who this is: whoever looks may be the platform."""
    return actor.handed_in_by is not None and not has_stepped_up(actor)


def begin_session(
    *, session_key: str, user: User, source: dict[str, str], second_factor_at: datetime | None, at: datetime,
    handed_in_as: Membership | None = None,
) -> SessionMark:  # fmt: skip
    """Note a fresh sign-in: it counts as proof of the person for the first minutes, a platform's word as none."""
    return SessionMark.objects.create(
        session_key=digest(session_key),
        user=user,
        address=source.get("ip", "")[:45],
        agent=source.get("agent", ""),
        began_at=at,
        seen_at=at,
        second_factor_at=second_factor_at,
        stepped_up_at=None if handed_in_as else at,
        handed_in_as=handed_in_as,
    )


def find_session(session_key: str, user_id: UUID) -> SessionMark | None:
    mark = find(SessionMark, "session_key = %s AND user_id = %s", digest(session_key), user_id)
    if mark is not None and mark.handed_in_as_id:
        mark.handed_in_as = Membership.objects.select_related("platform").get(pk=mark.handed_in_as_id)
    return mark


def rename_session(mark: SessionMark, session_key: str) -> None:
    """The session got a new key and stays the same session."""
    _change(mark, session_key=digest(session_key))


def is_over(mark: SessionMark, *, is_staff: bool, at: datetime) -> bool:
    """Staff sessions end by rest and by age, those of creators and fans by age, on a platform's word soon."""
    if mark.handed_in_as:
        return is_staff or not is_vouched_for(mark.handed_in_as, at) or at - mark.began_at >= settings.HANDED_IN_LASTS
    if is_staff:
        return at - mark.seen_at >= settings.STAFF_IDLE or at - mark.began_at >= settings.STAFF_ABSOLUTE
    return at - mark.began_at >= timedelta(seconds=settings.SESSION_COOKIE_AGE)


def is_vouched_for(member: Membership, at: datetime) -> bool:
    """Whether a platform's word for this member holds: both are still there."""
    return member.is_active and (member.platform.active_until is None or member.platform.active_until > at)


def touch_session(mark: SessionMark, *, at: datetime) -> None:
    """Remember that somebody is there, at most once a minute."""
    if at - mark.seen_at >= SEEN_EVERY:
        SessionMark.objects.filter(pk=mark.pk, seen_at__lt=at).update(seen_at=at)
        mark.seen_at = at


def step_up(mark: SessionMark, *, by: Actor, method: str, at: datetime) -> None:
    """This person proved again to be themselves; a code is also a second factor."""
    second_factor_at = mark.second_factor_at or (at if method != "password" else None)
    with transaction.atomic():
        _change(mark, stepped_up_at=at, second_factor_at=second_factor_at)
        record("user.stepped_up", by=by, subject=("identity.user", str(mark.user_id)), method=method)


def end_sessions(*, user_id: UUID, by: Actor, at: datetime, reason: str, but: str = "") -> int:
    """Close every session of this person, except perhaps the one (by its key) they are acting in."""
    marks = SessionMark.objects.filter(user_id=user_id)
    return _end(marks.exclude(session_key=digest(but)) if but else marks, by=by, at=at, reason=reason)


def end_session(*, user_id: UUID, session_id: UUID, by: Actor, at: datetime, reason: str) -> None:
    """Close one session of this person; NotFound when it is gone or somebody else's."""
    if not _end(SessionMark.objects.filter(user_id=user_id, pk=session_id), by=by, at=at, reason=reason):
        raise NotFound("identity.session_not_found")


def list_sessions(user_id: UUID) -> list[SessionMark]:
    marks = SessionMark.objects.filter(user_id=user_id).select_related("handed_in_as__platform")
    return list(marks.order_by("-seen_at", "-id"))


def end_aged_sessions(*, at: datetime) -> int:
    """Close what nobody came back to; for a periodic job. Returns how many."""
    is_staff = Exists(RoleGrant.objects.filter(user=OuterRef("user"), ended_at=None, role__in=STAFF_ROLES))
    old_staff = Q(seen_at__lte=at - settings.STAFF_IDLE) | Q(began_at__lte=at - settings.STAFF_ABSOLUTE)
    old = Q(began_at__lte=at - timedelta(seconds=settings.SESSION_COOKIE_AGE))
    old |= Q(handed_in_as__isnull=False, began_at__lte=at - settings.HANDED_IN_LASTS)
    aged = SessionMark.objects.filter(Q(is_staff, old_staff) | old).order_by("pk")[:SWEPT_AT_ONCE]
    ended = sum(
        _end(SessionMark.objects.filter(pk=mark.pk), by=SWEEPER, at=at, reason=Reason.EXPIRED) for mark in list(aged)
    )
    Session.objects.filter(expire_date__lt=at).delete()
    return ended


def _change(mark: SessionMark, **columns: Any) -> None:
    if not SessionMark.objects.filter(pk=mark.pk).update(**columns):
        raise Unauthenticated("auth.session_ended", "This session was ended meanwhile. Sign in again.")
    for name, value in columns.items():
        setattr(mark, name, value)


def _end(marks: models.QuerySet[SessionMark], *, by: Actor, at: datetime, reason: str) -> int:
    with transaction.atomic():
        ending = list(marks.select_for_update(of=("self",)).select_related("user").order_by("pk"))
        if not ending:
            return 0
        Session.objects.filter(session_key__in=[mark.session_key for mark in ending]).delete()
        SessionMark.objects.filter(pk__in=[mark.pk for mark in ending]).delete()
        user = ending[0].user
        record("user.session_ended", by=by, subject=user, reason=reason, ended=len(ending), at=at)
        publish(SessionsEnded(user.pk, [mark.pk for mark in ending], str(reason), at), key=user)
    return len(ending)
