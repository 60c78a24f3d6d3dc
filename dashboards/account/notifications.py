"""What one has been told, and how one wants to hear."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from foundation import clock
from foundation.errors import Invalid
from foundation.http.components import Badge
from foundation.identity.actors import actor_of
from foundation.notifications.selectors import MOST_IN_A_LIST, choices_of, list_notifications
from foundation.notifications.services import choose_ways, mark_all_read, mark_read
from foundation.notifications.states import Level

BADGES = {
    Level.INFO: Badge("For information", "neutral", "info"),
    Level.WARNING: Badge("Worth a look", "delayed", "warn"),
    Level.ACTION_REQUIRED: Badge("Waits for you", "review", "inbox"),
}
SETTLED = Badge("Settled", "neutral", "check")


def listed(request: HttpRequest) -> HttpResponse:
    user_id = _me(request)
    lines = list_notifications(user_id, before=_id(request.GET.get("before")))
    context = {
        "lines": [(line, SETTLED if line.settled_at else BADGES[line.level]) for line in lines],
        "newest": lines[0].id if lines else "",
        "has_unread": any(line.read_at is None for line in lines),
        "older": f"?before={lines[-1].id}" if len(lines) == MOST_IN_A_LIST else "",
        "choices": choices_of(user_id),
    }
    return render(request, "account/notifications.html", context)


def follow(request: HttpRequest, notification_id: UUID) -> HttpResponse:
    """Note that it was seen, and go where it leads."""
    found = mark_read(notification_id=notification_id, user_id=_me(request), at=clock.now())
    is_ours = url_has_allowed_host_and_scheme(found.path, allowed_hosts=None)
    return redirect(found.path if found.path and is_ours else "account:notifications")


def read_all(request: HttpRequest) -> HttpResponse:
    upto = _id(request.POST.get("upto"))
    if upto is not None:
        mark_all_read(user_id=_me(request), upto=upto, at=clock.now())
    return redirect("account:notifications")


def choose(request: HttpRequest) -> HttpResponse:
    by = actor_of(request)
    for choice in choices_of(_me(request)):
        in_app, by_mail = f"{choice.topic}.in_app" in request.POST, f"{choice.topic}.by_mail" in request.POST
        if (in_app, by_mail) != (choice.in_app, choice.by_mail):
            choose_ways(user_id=_me(request), topic=choice.topic, in_app=in_app, by_mail=by_mail, by=by)
    messages.success(request, "Saved. What waits for you is always shown here, whatever you choose.")
    return redirect("account:notifications")


def _me(request: HttpRequest) -> UUID:
    return UUID(actor_of(request).id)


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid("request.invalid", "That is no place in this list.") from None
