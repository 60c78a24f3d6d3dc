"""What every API view does with a request before and after its one call."""

import json

import pytest
from django.core.management import call_command
from django.test import Client

from foundation.audit.models import AuditRecord
from foundation.identity.models import Platform
from tests.cast import bearer, member, signed_in, staff, user_called

ORDERS = "/api/v1/sample/orders"
PROBLEM = {"type", "title", "status", "detail", "instance", "code", "request_id", "retryable", "errors"}


def post(api, body, path=ORDERS, **options):
    return api.post(path, body, content_type="application/json", **options)


def code(response):
    assert response.headers["Content-Type"] == "application/problem+json"
    document = response.json()
    assert document.keys() >= PROBLEM
    assert document["status"] == response.status_code
    assert document["request_id"] == response.headers["X-Request-Id"]
    assert document["type"].startswith("http")
    return document["code"]


def test_a_good_request_has_its_effect(api, order):
    response = post(api, order | {"note": "hello"})
    assert response.status_code == 201
    assert response.json()["note"] == "hello"
    assert AuditRecord.objects.get(pk=response.json()["number"]).facts == {"reference": "r-1"}
    assert AuditRecord.objects.get(pk=response.json()["number"]).platform_id == Platform.objects.get(slug="boyfanz").pk


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 201), ("application/json; charset=UTF-8", 201), ("text/plain", 415), ("", 415),
        ("application/x-www-form-urlencoded", 415), ("multipart/form-data; boundary=x", 415), ("text/json", 415),
        ("application/json; charset=utf-16", 415), ("application/xml", 415), ("application/jsonx", 415),
    ],
)  # fmt: skip
def test_a_body_is_json_in_utf8(api, order, content_type, status):
    response = api.post(ORDERS, json.dumps(order), content_type=content_type)
    assert response.status_code == status


def test_a_packed_body_is_not_unpacked(api, order):
    response = post(api, order, headers={"Content-Encoding": "gzip"})
    assert (response.status_code, code(response)) == (415, "request.unsupported_media")


def test_a_large_body_is_refused(api):
    response = post(api, {"reference": "x" * 1024 * 1024})
    assert (response.status_code, code(response)) == (413, "request.too_large")


@pytest.mark.parametrize("accept", ["application/json", "*/*", "application/*", "text/html, application/json;q=0.1"])
def test_json_is_given_to_who_takes_it(api, accept):
    assert api.get(ORDERS, headers={"Accept": accept}).headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "application/json;q=0"])
def test_nothing_else_is_given(api, accept):
    response = api.get(ORDERS, headers={"Accept": accept})
    assert (response.status_code, code(response)) == (406, "request.not_acceptable")


def test_errors_name_field_and_code(api, order):
    response = post(api, order | {"total": {"amount_minor": 0, "currency": "USD"}, "people": [{"name": "A"}, {"x": 1}]})
    assert code(response) == "request.invalid"
    errors = [(error["field"], error["code"]) for error in response.json()["errors"]]
    assert errors == [("total", "amount"), ("people.1.x", "unknown_field")]


@pytest.mark.parametrize("body", ["[]", '"x"', "1", "null", "[{}]", "true"])
def test_a_body_is_an_object(api, body):
    assert post(api, body).status_code == 400


@pytest.mark.parametrize(
    "query", ["?x=1", "?limit=0", "?limit=201", "?limit=1&limit=2", "?limit=١", "?cluster=", "?most=x"]
)
def test_a_query_is_as_strict_as_a_body(api, query):
    response = api.get(ORDERS + query)
    assert (response.status_code, code(response)) == (400, "request.invalid")


def test_a_write_takes_no_query(api, order):
    assert post(api, order, path=f"{ORDERS}?reference=2").status_code == 400


@pytest.mark.parametrize("path", [f"{ORDERS}?cluster=%00", "/api/v1/sample%00", "/%00"])
def test_a_null_character_in_an_address_is_refused(api, path):
    assert api.get(path).status_code == 400


def test_a_conflict_rolls_back_and_is_written_down_once(api, order):
    response = post(api, order | {"reference": "conflict"})
    assert (response.status_code, code(response)) == (409, "sample.taken")
    assert response.json()["facts"] == {"holder": "Sam"}
    record = AuditRecord.objects.get(action="request.refused")
    assert record.facts == {"view": "api:sample-orders", "method": "POST", "status": 409, "code": "sample.taken"}
    assert record.actor.startswith("client:")
    assert record.request_id == response.headers["X-Request-Id"]
    assert not AuditRecord.objects.filter(action="sample.ordered").exists()


@pytest.mark.parametrize("reference", ["missing", "bug"])
def test_nothing_of_the_inside_leaks(api, order, reference):
    response = post(api, order | {"reference": reference})
    assert response.status_code == {"missing": 404, "bug": 500}[reference]
    assert code(response) == {"missing": "not_found", "bug": "server.failure"}[reference]
    assert b"secret" not in response.content
    assert b"sample_order" not in response.content
    assert not AuditRecord.objects.filter(action="sample.ordered").exists()


def test_a_stranger_is_asked_to_sign_in_and_leaves_no_row(room, db, order):
    response = post(Client(), order)
    assert (response.status_code, code(response)) == (401, "auth.required")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert response.json()["facts"]["token_url"] == "http://localhost:8000/api/v1/oauth/token"
    assert "POST /api/v1/oauth/token" in response.json()["detail"]
    assert not AuditRecord.objects.filter(action="request.refused").exists()


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic eDp5", "Bearer a.b.c", "Token x", "Bearer x y"])
def test_a_bad_token_never_falls_back_to_a_cookie(room, db, header):
    person = signed_in(Client(), staff("fred"))
    response = person.get(ORDERS, headers={"Authorization": header})
    assert (response.status_code, code(response)) == (401, "auth.token_invalid")


def test_a_program_without_the_scope_is_refused_in_writing(room, db, order):
    response = post(Client(headers=bearer("boyfanz", "fans:read")), order)
    assert (response.status_code, code(response)) == (403, "auth.scope_missing")
    (scope,) = response.json()["facts"]["any_of_scopes"]
    assert f"the scope {scope}." in response.json()["detail"]
    assert f'error="insufficient_scope", scope="{scope}"' in response.headers["WWW-Authenticate"]
    assert AuditRecord.objects.get(action="request.refused").facts["code"] == "auth.scope_missing"
    for_people = Client(headers=bearer("boyfanz", "payouts:read")).get("/api/v1/payouts")
    assert (for_people.status_code, code(for_people)) == (403, "auth.forbidden")
    told = for_people.json()["detail"]
    assert told.startswith("No scope opens this to a program: it is for people who are signed in, as ")
    assert "creator" in told


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
def test_a_method_not_declared_is_not_taken(api, method):
    response = getattr(api, method)(ORDERS)
    assert (response.status_code, code(response)) == (405, "request.method_not_allowed")
    assert {"GET", "POST"} <= set(response.headers["Allow"].split(", "))


def test_an_unknown_address_is_a_problem_too(api):
    response = api.get("/api/v1/nowhere")
    assert (response.status_code, code(response)) == (404, "not_found")


def test_a_callers_request_id_is_kept_and_a_strange_one_is_not(api):
    assert api.get(ORDERS, headers={"X-Request-Id": "call-00042"}).headers["X-Request-Id"] == "call-00042"
    card = "a4111-1111-1111-1111"
    assert api.get(ORDERS, headers={"X-Request-Id": card}).headers["X-Request-Id"] != card
    assert api.get(ORDERS, headers={"X-Request-Id": "a\r\nb: c"}).headers["X-Request-Id"] != "a\r\nb: c"


def test_a_person_with_a_session_needs_the_forgery_token(room, db, order):
    person = signed_in(Client(enforce_csrf_checks=True), staff("fred"))
    assert code(post(person, order)) == "auth.csrf"


def test_a_program_sees_its_platform_alone(api):
    for slug in ("boyfanz", "girlfanz"):
        member("maya", slug=slug)
    seen = api.get("/api/v1/sample/members").json()["seen"]
    assert seen == [str(Platform.objects.get(slug="boyfanz").pk)]


def test_pages_neither_skip_nor_repeat(api):
    seen, path = [], f"{ORDERS}?limit=3"
    while path:
        response = api.get(path)
        seen += [row["slug"] for row in response.json()["data"]]
        path = response.json()["next"]
        assert response.headers.get("Link", "") == (f'<{path}>; rel="next"' if path else "")
        path = path and path.removeprefix("http://localhost:8000")
    assert len(seen) == 1, "a program sees its own platform"


@pytest.mark.parametrize(
    "cursor", ["x", "e30", "WzFd", "WyJ4Il0", "WyIxIiwiMiJd", "%F0%9F%8E%89", "A" * 501, "[]", "bnVsbA"]
)
def test_an_unknown_cursor_is_no_page(api, cursor):
    assert api.get(f"{ORDERS}?cursor={cursor}").status_code in (400, 404)


def test_an_edit_names_the_version_it_saw(api):
    def put(**headers):
        return api.put("/api/v1/sample/edit", {"name": "A"}, content_type="application/json", headers=headers)

    assert code(put()) == "request.version_needed"
    assert code(put(**{"If-Match": '"2"'})) == "request.version_passed"
    assert put(**{"If-Match": '"3"'}).headers["ETag"] == '"4"'


def test_creators_have_no_way_in(room, db, order):
    assert post(signed_in(Client(), user_called("maya", "creator")), order).status_code == 403


def test_the_schema_is_complete_and_valid(room, db, capsys):
    call_command("spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json")
    schema = json.loads(capsys.readouterr().out)
    operations = [operation for path in schema["paths"].values() for operation in path.values()]
    assert operations
    for operation in operations:
        assert {"400", "401", "403", "404", "429", "503"} <= operation["responses"].keys()
        assert operation["summary"]
