"""Default deny: every address has a row, every row an address, and every cell answers as its row says."""

import copy
import re

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.urls import include, path

from foundation.http import access, rates
from foundation.http.api import ApiView
from foundation.http.routes import every_route
from foundation.http.serializers import StrictSerializer, errors_of
from foundation.identity.roles import Role
from foundation.identity.scopes import Scope
from tests.cast import missing_id
from tests.house.addresses import METHODS, PARTS, address, as_caller, callers, cells, parts, roles_of
from tests.house.strangers import OTHERS, SHARED


def test_every_address_has_a_row():
    assert [route.path for route in every_route() if access.row_for(route.name) is None] == []


def test_every_row_has_an_address():
    names = {route.name for route in every_route()}
    assert [
        row
        for row in access.rows()
        if not any(name == row or (row[-1] == "*" and name.startswith(row[:-1])) for name in names)
    ] == []


def test_rows_name_known_roles_scopes_and_methods():
    for name, row in access.rows().items():
        assert set(row) <= {"GET", "POST", "PUT", "PATCH", "DELETE"}, name
        for who in row.values():
            assert who.roles <= set(Role.values), name
            assert who.scopes <= set(Scope.values), name


def test_an_address_without_a_row_is_closed_to_all(settings, db):
    def secret(request):
        return HttpResponse("secret")

    class SecretView(ApiView):
        def get(self, request):
            return HttpResponse("secret")

    class Urls:
        urlpatterns = [
            path("secret", secret, name="secret"), path("unnamed", secret), path("api/v1/secret", SecretView.as_view()),
            path("", include("fanzmoney.urls")),
        ]  # fmt: skip
        handler404 = "foundation.http.refusals.not_found"

    settings.ROOT_URLCONF = Urls
    for caller in ("anonymous", Role.ADMIN, "program of boyfanz"):
        for url in ("/secret", "/unnamed", "/api/v1/secret"):
            assert as_caller(caller).get(url).status_code == 404


def expected(route, method, caller):
    """What the table says: the reason for which this cell is closed, or nothing when it is open."""
    row = access.row_for(route.name)
    who = row.get("GET" if method == "HEAD" else method)
    if who is None:
        return "request.method_not_allowed"
    if who.is_public:
        return ""
    is_api = route.path.startswith("/api/")
    if caller == "anonymous" or (caller.startswith("program") and not is_api):
        return "auth.required"
    if caller.startswith("program"):
        is_in = who.is_any_client or (who.scopes and "without" not in caller)
        return "" if is_in else "auth.scope_missing" if who.scopes else "auth.forbidden"
    if not (who.is_any_person or who.roles & roles_of(caller)):
        return "auth.forbidden"
    if caller == "staff without second factor" and who.needs_second_factor:
        return "auth.second_factor_required"
    if caller.startswith("staff") and who.needs_step_up and method not in ("GET", "HEAD"):
        return "auth.step_up_required"
    return ""


# Pages that ask for the proof of POST already when they are read.
CAREFUL = {
    "account:totp": "it shows a secret",
    "account:key_add": "the key is asked as soon as it is opened",
    "starz:method_add": "what was typed is not kept",
    "starz:tax_sign": "what was typed is not kept",
}
CURES = {
    "auth.required": "/login", "auth.second_factor_required": "/account/security/totp",
    "auth.step_up_required": "/account/confirm",
}  # fmt: skip
GATE = {
    "request.method_not_allowed": 405, "auth.forbidden": 403, "auth.second_factor_required": 403,
    "auth.step_up_required": 403, "auth.scope_missing": 403,
}  # fmt: skip


def is_answered_as(response, reason, route, method):
    """Whether the answer is the refusal for this reason, or passed the gate when there is none."""
    location = response.headers.get("Location", "")
    if not reason:
        is_sent_to_prove = any(location.startswith(f"{cure}?next=") for cure in CURES.values())
        who = access.row_for(route.name)["GET" if method == "HEAD" else method]
        is_free = who.is_public or route.name in CAREFUL
        return response.status_code < 500 and (is_free or not (is_sent_to_prove or response.status_code == 401))
    if reason in CURES and not route.path.startswith("/api/"):
        return response.status_code == 302 and location.startswith(CURES[reason])
    return response.status_code == GATE.get(reason, 401) and (method == "HEAD" or reason in response.content.decode())


@pytest.mark.parametrize("caller", callers())
def test_every_cell_answers_as_its_row_says(caller, db, settings, request):
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, (1_000_000, 60))
    rates._client().flushdb()
    client, wrong = as_caller(caller), []
    cookies = copy.deepcopy(client.cookies)
    for route, url, method in cells(caller, every=request.config.getoption("--all-variants")):
        client.cookies = copy.deepcopy(cookies)
        response = undone(client, method, url)
        reason = expected(route, method, caller)
        if not is_answered_as(response, reason, route, method):
            wrong.append(f"{method} {url}: {response.status_code} {response.headers.get('Location', '')}, not {reason}")
    assert wrong == []


def undone(client, method, url):
    """The answer to a request whose effects are rolled back."""
    attempt = transaction.atomic()
    attempt._from_testcase = True
    with attempt:
        response = client.generic(method, url, b"", "application/json" if "/api/" in url else "text/plain")
        transaction.set_rollback(True)
    return response


def test_every_id_in_an_address_is_somebodys_or_everybodys():
    """A new address with an id is listed above: what a stranger may not see must answer like what is not there."""
    named = {route.name for route in every_route() if parts(route) and not route.name.startswith("admin:")}
    assert named == SHARED.keys() | OTHERS.keys()


@pytest.mark.parametrize("name", OTHERS)
def test_a_strangers_thing_answers_like_a_missing_one(name, db):
    caller, make = OTHERS[name]
    visitor, theirs = as_caller(caller), make()
    route = next(route for route in every_route() if route.name == name)
    (part,) = parts(route)
    missing = PARTS["int"] if isinstance(theirs, int) else missing_id()

    def ask(method, value):
        body = {"content_type": "application/json"} if method != "GET" else {}
        response = visitor.generic(method, address(route, **{part: value}), **body)
        words = response.content.decode().replace(response.headers["X-Request-Id"], "")
        words = re.sub(rf'(?<=[/"]){value}', "", words)
        words = re.sub(r'name="csrf-token" content="\w+"', "", words)
        differing = {"X-Request-Id", "Content-Length", "RateLimit"}
        return response.status_code, {k: v for k, v in response.headers.items() if k not in differing}, words

    for method in access.row_for(name):
        assert ask(method, theirs) == ask(method, missing)
        assert ask(method, theirs)[0] == 404


def bodies():
    """Every serializer by which the API reads."""
    views = {route.view.cls for route in every_route() if issubclass(getattr(route.view, "cls", object), ApiView)}
    declared = [getattr(view, method.lower(), None) for view in views for method in METHODS]
    operations = [handler.operation for handler in declared if handler]
    return sorted(
        {o.takes for o in operations if o.takes} | {o.query for o in operations}, key=lambda c: c.__qualname__
    )


def test_no_body_takes_what_it_does_not_declare():
    extra = {
        "id", "role", "roles", "status", "state", "amount", "amount_minor", "platform", "platform_id", "is_staff",
        "is_active", "is_superuser", "version", "party", "party_id", "news_seq", "secret_hash", "created_at",
    }  # fmt: skip
    assert bodies()
    for body in bodies():
        assert issubclass(body, StrictSerializer), body
        undeclared = extra - set(body().fields)
        form = body(data=dict.fromkeys(undeclared, "1"))
        assert not form.is_valid()
        refused = {error["field"] for error in errors_of(form.errors) if error["code"] == "unknown_field"}
        assert refused == undeclared, body


def test_every_api_view_declares_what_it_takes_and_gives():
    for route in every_route():
        view = getattr(route.view, "cls", None)
        if route.path.startswith("/api/v1/"):
            assert issubclass(view, ApiView), route.path
            for method in access.row_for(route.name):
                assert hasattr(getattr(view, method.lower()), "operation"), f"{method} {route.path}"
