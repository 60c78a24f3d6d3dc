"""What happens to every request before and after its view."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from foundation.errors import Forbidden, Invalid, NotFound, Refusal, StepUpRequired, Unauthenticated
from foundation.http import access
from foundation.http.problems import MethodNotAllowed, as_refusal, refuse, wants_problem
from foundation.http.refusals import refused, told_by_page
from foundation.identity.actors import actor_of, party_of
from foundation.identity.login.second_factor import has_second_factor
from foundation.identity.roles import PROVEN_TWICE
from foundation.identity.selectors import is_known_elsewhere
from foundation.identity.sessions import has_stepped_up
from foundation.ids import uuid7
from foundation.logs import holds_card
from foundation.restrictions.errors import suspended
from foundation.restrictions.selectors import is_suspended
from foundation.switches.registry import switch_closing
from foundation.switches.selectors import refuse_if_stopped

Handler = Callable[[HttpRequest], HttpResponse]
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"
)


class RequestMiddleware:
    """Every request has an id, and every answer the headers that keep browsers safe."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = request.headers.get("X-Request-Id", "")
        is_good = _REQUEST_ID.fullmatch(asked) and not holds_card(asked)  # it stands in records and logs as it is
        request.request_id = asked if is_good else str(uuid7())  # type: ignore[attr-defined]
        if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            response = refuse(request, Invalid("request.null_character", "The address holds the null character."))
        else:
            response = self.get_response(request)
        response.headers["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        response.headers.setdefault("Content-Security-Policy", CSP)
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class AccessMiddleware:
    """Default deny: a URL without a row in some `access.py` is closed to all."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        told_by_page(request, response)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if hasattr(getattr(view, "cls", None), "authentication_classes"):
            return None  # an API view: its permission class asks the same table once the caller is known
        try:
            check(request, actor_of(request))
        except Refusal as refusal:
            return answer(request, refusal)
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        refusal = as_refusal(error)
        return answer(request, refusal) if refusal else None


def answer(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """A refusal that the person can cure leads a page to where; everything else is said as it is."""
    cure = None if wants_problem(request) else _cure(request, refusal)
    if cure is None:
        return refused(request, refusal)
    unsent = {"unsent": "1"} if isinstance(refusal, StepUpRequired) and request.method not in access.READ else {}
    url = f"{reverse(cure)}?{urlencode({'next': _come_back(request), **unsent})}"
    return HttpResponse(headers={"HX-Redirect": url}) if "HX-Request" in request.headers else redirect(url)


def _cure(request: HttpRequest, refusal: Refusal) -> str | None:
    match refusal:
        case Unauthenticated():
            return "account_login"
        case SecondFactorRequired():
            return "account:confirm" if has_second_factor(request.user) else "account:totp"
        case StepUpRequired():
            return "account:confirm"
    return None


def _come_back(request: HttpRequest) -> str:
    """The page a person was on: of what they posted only the form is shown again, never sent by itself."""
    if request.method == "GET" and "HX-Request" not in request.headers:
        return request.get_full_path()
    page = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer", ""))
    if page.netloc != request.get_host() or not page.path.startswith("/") or page.path.startswith("//"):
        return "/"
    return page.path + (f"?{page.query}" if page.query else "")


def check(request: HttpRequest, actor: Any) -> None:
    """Let pass or refuse by the access table; the same for pages, the admin and the API."""
    match = request.resolver_match
    view_name = match.view_name if match else ""
    row = access.row_for(view_name)
    if row is None:
        raise NotFound()
    who = access.who_may(view_name, request.method or "GET")
    if who is None:
        raise MethodNotAllowed(allowed=list(access.allowed_methods(view_name)))
    if who.is_public:
        return
    if not actor.is_known:
        raise Unauthenticated()
    if not who.admits(actor):
        raise _not_for(who, actor)
    if is_suspended(actor.party_id):
        raise suspended()
    is_asked_twice = who.needs_second_factor and actor.kind == "user" and not PROVEN_TWICE.isdisjoint(actor.roles)
    if is_asked_twice and not actor.is_second_factor_passed:
        raise SecondFactorRequired()
    if actor.handed_in_by and who.needs_second_factor and not has_stepped_up(actor):
        refuse_beyond_word(who, party_of(actor), actor.handed_in_by)
    is_step_up_due = who.needs_step_up and actor.kind == "user" and request.method not in access.READ
    if is_step_up_due and not has_stepped_up(actor):
        raise StepUpRequired()
    if switch := switch_closing(view_name, request.method or "GET"):
        refuse_if_stopped(switch)


def _not_for(who: access.Who, actor: Any) -> Forbidden:
    """A program is told what it would need, be it a scope or a person; people are told nothing of others' pages."""
    if actor.kind != "client":
        return Forbidden()
    if who.scopes:
        return ScopeMissing(who.scopes)
    whose = f", as {', '.join(sorted(who.roles))}" if who.roles else ""
    return Forbidden(detail=f"No scope opens this to a program: it is for people who are signed in{whose}.")


def refuse_beyond_word(who: access.Who, party_id: UUID, platform_id: UUID) -> None:
    """A platform's word opens some pages, and only of people it alone knows: anything else wants their own proof."""
    if not who.opens_on_a_platforms_word or is_known_elsewhere(party_id, platform_id):
        raise StepUpRequired()


class ScopeMissing(Forbidden):
    """The token is good; the client needs one of these scopes besides."""

    title, default_code = "The token lacks a scope", "auth.scope_missing"

    def __init__(self, scopes: Iterable[str]) -> None:
        needed = sorted(scopes)
        super().__init__(
            detail=f"This needs the scope {' or '.join(needed)}. Ask for a token with it; a client may hold fewer.",
            any_of_scopes=needed,
        )
        self.headers = {
            "WWW-Authenticate": f'Bearer realm="FanzMoneyDash", error="insufficient_scope", scope="{" ".join(needed)}"'
        }


class SecondFactorRequired(Forbidden):
    title, default_code = "A second factor is needed", "auth.second_factor_required"
