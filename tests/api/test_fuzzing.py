"""What the fuzzer reports of the answers it got."""

import importlib
import json

import pytest
from django.conf import settings

from fanzmoney.trials.fuzzing.calls import CALLER, CANNOT_SUCCEED, Calls, note
from fanzmoney.trials.fuzzing.inside import shown_in
from foundation.http import contract


@pytest.mark.parametrize(
    "body",
    [
        "Traceback (most recent call last):", 'File "x.py", line 3, in get', "psycopg.errors.UniqueViolation",
        'SELECT "payment"."id" FROM "payment"', "<Payment object at 0x7f00aa11bb>",
        f"no such file {settings.BASE_DIR}/a",
        'violates unique constraint "payment_reference"', "PostgreSQL 18.1 on x86_64",
    ],
)  # fmt: skip
def test_our_inside_is_noticed(body):
    assert shown_in(body, {})


def test_an_answer_of_ours_shows_nothing_and_a_telling_header_is_noticed():
    assert shown_in('{"title": "Select one of the payments from the list", "code": "invalid"}', {"date": "x"}) == ""
    assert shown_in("", {"server": "uvicorn"}) == "server: uvicorn"


def test_answers_are_counted_and_what_never_succeeded_is_named(tmp_path):
    notes, calls = tmp_path / "notes", Calls()
    note(notes, operation="GET /a", status=200, code="", shown="")
    note(notes, operation="GET /a", status=404, code="not_found", shown="")
    note(notes, operation="POST /b", status=409, code="not_now", shown="psycopg.")
    calls.read(notes)
    assert (calls.count, calls.answered) == (3, {"200": 1, "404": 1, "409": 1})
    assert (calls.never, calls.shown) == ({"POST /b": {"not_now": 1}}, ["POST /b (409): psycopg."])


def test_what_the_fuzzer_knows_is_about_operations_that_there_are(monkeypatch, tmp_path):
    who = {"base": "http://nobody.example", "notes": str(tmp_path), "seed": 1, "headers": {}, "client": ["", ""]}
    monkeypatch.setenv(CALLER, json.dumps(who))
    wishes, beforehand = (
        importlib.import_module(f"fanzmoney.trials.fuzzing.{one}") for one in ("wishes", "beforehand")
    )
    paths = contract.as_it_is()["paths"]
    there = {f"{verb.upper()} {path}" for path, operations in paths.items() for verb in operations}
    known = {*wishes.WISHES, *wishes.QUERIES, *beforehand.BEFORE, *CANNOT_SUCCEED}
    assert known <= there, known - there
    assert all(CANNOT_SUCCEED.values())
