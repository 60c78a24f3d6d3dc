"""Clients of the last release keep working: what is taken away is noticed, what is added is not."""

import copy
import json

import pytest

from foundation.http import contract
from foundation.http.openapi import breaks_between


def text(**more):
    return {"type": "string", **more}


def thing(properties, required=(), **more):
    return {"type": "object", "properties": properties, "required": list(required), **more}


@pytest.fixture
def old():
    """A small API with everything in it that can break."""
    sent = {
        "name": text(maxLength=40), "kind": text(enum=["tip", "sale"]), "note": text(), "count": {"type": "number"},
        "tags": {"type": "array", "items": {"$ref": "#/components/schemas/Tag"}},
    }  # fmt: skip
    answered = {
        "id": text(format="uuid"), "state": text(enum=["open", "done"]), "gone_at": {"type": ["string", "null"]},
        "next": {"$ref": "#/components/schemas/Out"},
    }  # fmt: skip
    post = {
        "parameters": [
            {"in": "query", "name": "limit", "schema": {"type": "integer", "maximum": 200}},
            {"in": "path", "name": "id", "required": True, "schema": text()},
        ],
        "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/In"}}}},
        "responses": {
            "201": {
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Out"}}},
                "headers": {"ETag": {}},
            },
            "409": {"description": ""},
        },
        "security": [{"client": ["sales"]}, {"session": []}],
    }
    return {
        "paths": {"/sales/{id}": {"post": post, "get": {"responses": {"200": {"description": ""}}}}},
        "components": {
            "schemas": {
                "In": thing(sent, ["name"], additionalProperties=False),
                "Out": thing(answered, ["id", "state"]),
                "Tag": thing({"word": text(minLength=1)}),
            }
        },
    }


def at(document, path):
    for key in path:
        document = document[key]
    return document


POST = ("paths", "/sales/{id}", "post")
IN, OUT, TAG = (("components", "schemas", name) for name in ("In", "Out", "Tag"))
LIMIT = (*POST, "parameters", 0)
GONE = object()
# Where, what is put there, and what the check says of it; nothing where no client is broken.
CHANGES = [
    (("paths", "/sales/{id}"), "get", GONE, "GET /sales/{}: the operation is gone"),
    (LIMIT, "name", "most", "POST /sales/{}, query limit: the parameter is gone"),
    (LIMIT, "required", True, "POST /sales/{}, query limit: is required now"),
    ((*LIMIT, "schema"), "maximum", 100, "POST /sales/{}, query limit: maximum was 200, is 100"),
    ((*POST, "parameters", 1, "schema"), "format", "uuid", "POST /sales/{}, part 1: its format was None, is uuid"),
    ((*POST, "requestBody"), "required", True, "POST /sales/{}: a body is required now"),
    (POST, "requestBody", GONE, "POST /sales/{}: takes no body any more"),
    ((*POST, "responses"), "201", GONE, "POST /sales/{}: never answers 201 any more"),
    ((*POST, "responses"), "202", {}, "POST /sales/{}: may answer 202 now"),
    ((*POST, "responses", "201"), "headers", {}, "POST /sales/{}, answer 201: the header ETag is gone"),
    ((*POST, "responses", "201"), "content", {}, "POST /sales/{}, answer 201: application/json is gone"),
    ((*POST, "security"), 0, {"client": ["sales", "more"]}, "POST /sales/{}: no longer open to client sales"),
    (POST, "security", [{"client": ["sales"]}], "POST /sales/{}: no longer open to session"),
    ((*OUT, "properties"), "state", GONE, "Out (answered).state: is gone"),
    (OUT, "required", ["state"], "Out (answered).id: may be missing now"),
    ((*OUT, "properties", "id"), "type", "integer", "Out (answered).id: was string, is integer"),
    ((*OUT, "properties", "id"), "type", ["string", "null"], "Out (answered).id: may now be null"),
    ((*OUT, "properties", "id"), "format", GONE, "Out (answered).id: its format was uuid, is None"),
    ((*OUT, "properties", "state"), "enum", ["open"], "Out (answered).state: no longer done"),
    ((*IN, "properties"), "note", GONE, "In (sent).note: is gone"),
    (IN, "required", ["name", "note"], "In (sent).note: is required now"),
    ((*IN, "properties", "kind"), "enum", ["tip"], "In (sent).kind: no longer sale"),
    ((*IN, "properties", "note"), "enum", ["yes"], "In (sent).note: takes only certain words now"),
    ((*IN, "properties", "name"), "maxLength", 20, "In (sent).name: maxLength was 40, is 20"),
    ((*IN, "properties", "note"), "pattern", "^a$", "In (sent).note: another pattern"),
    ((*IN, "properties", "count"), "type", "integer", "In (sent).count: was number, is integer"),
    ((*TAG, "properties", "word"), "minLength", 3, "Tag (sent).word: minLength was 1, is 3"),
    (TAG, "additionalProperties", False, "Tag (sent): other fields are refused now"),
    (TAG, "additionalProperties", {"type": "integer"}, "Tag (sent).*: was anything, is integer"),
    # What is only added, or taken less strictly, breaks nobody.
    (("paths", "/sales/{id}"), "delete", {"responses": {"204": {}}}, ""),
    ((*POST, "parameters"), 2, {"in": "query", "name": "more", "schema": {}}, ""),
    ((*POST, "responses"), "422", {}, ""),
    ((*POST, "responses"), "409", GONE, ""),
    (POST, "security", [{"client": []}, {"session": []}], ""),
    ((*OUT, "properties"), "more", text(), ""),
    ((*OUT, "properties", "state"), "enum", ["open", "done", "late"], ""),
    ((*OUT, "properties", "gone_at"), "type", "string", ""),
    ((*IN, "properties"), "more", text(), ""),
    ((*IN, "properties", "kind"), "enum", ["tip", "sale", "rebill"], ""),
    ((*IN, "properties", "note"), "type", ["string", "null"], ""),
    ((*IN, "properties", "name"), "maxLength", 80, ""),
    (IN, "required", [], ""),
]  # fmt: skip


def test_each_change_that_breaks_a_client_is_named_and_no_other(old):
    assert breaks_between(old, old) == []
    for path, key, value, said in CHANGES:
        new = copy.deepcopy(old)
        place = at(new, path)
        if value is GONE:
            del place[key]
        elif key == len(place):
            place.append(value)
        else:
            place[key] = value
        assert breaks_between(old, new) == ([said] if said else []), (path, key)


def test_a_part_of_an_address_may_be_called_otherwise(old):
    new = copy.deepcopy(old)
    new["paths"]["/sales/{sale_id}"] = new["paths"].pop("/sales/{id}")
    at(new, ("paths", "/sales/{sale_id}", "post", "parameters", 1))["name"] = "sale_id"
    assert breaks_between(old, new) == []


def test_the_api_keeps_what_the_last_release_promised():
    found = contract.check()
    assert found.breaks == [], "name each in docs/api/breaks.md with its reason, or take it back"
    assert found.stale == [], "docs/api/breaks.md names what does not break"


def test_a_break_passes_with_its_reason_alone(tmp_path, monkeypatch):
    promised = contract.as_it_is()
    fields = promised["components"]["schemas"]["ApprovalOut"]["properties"]
    fields["colour"] = text()
    released, agreed = tmp_path / "openapi.json", tmp_path / "breaks.md"
    released.write_text(json.dumps(promised))
    agreed.write_text(contract.NOTHING_AGREED + "- `no such thing`: because\n")
    monkeypatch.setattr(contract, "RELEASED", released)
    monkeypatch.setattr(contract, "AGREED", agreed)
    broken = "ApprovalOut (answered).colour: is gone"
    assert (contract.check().breaks, contract.check().stale) == ([broken], ["no such thing"])
    agreed.write_text(f"- `{broken}`:\n")
    assert contract.check().breaks == [broken]
    agreed.write_text(f"- `{broken}`: nobody read it\n")
    assert contract.check() == contract.Found([], {broken: "nobody read it"}, [])
