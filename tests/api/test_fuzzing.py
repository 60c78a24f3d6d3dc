"""What the fuzzer reports of the answers it got."""

import pytest
from django.conf import settings

from fanzmoney.trials.fuzzing.callers import LastingTokens
from fanzmoney.trials.fuzzing.calls import Calls, note
from fanzmoney.trials.fuzzing.inside import shown_in


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


def test_words_of_strangers_pass_unchanged():
    tokens = LastingTokens(None)
    assert tokens._fresh(b"Bearer somebody") == b"Bearer somebody"
