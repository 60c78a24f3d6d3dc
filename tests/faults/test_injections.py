"""Attacks on statements in a few places; `manage.py faults injections` tries every place."""

import pytest
from django.db import connection
from psycopg import sql

from fanzmoney.trials.hostile.entries import Entry
from fanzmoney.trials.hostile.injections import ATTACKS, MARK, inject_everywhere, watched
from foundation.faults import Run
from foundation.identity.roles import Role
from tests.house.addresses import as_caller

pytestmark = pytest.mark.django_db


def test_a_word_that_became_part_of_a_statement_is_noticed_and_a_parameter_is_not():
    told = []
    with watched(told), connection.cursor() as cursor:
        cursor.execute("SELECT %s", [MARK])
        cursor.execute(sql.SQL("SELECT {}").format(sql.Literal(MARK)))
        assert told == []
        cursor.execute(f"SELECT '{MARK}'")
        cursor.execute(sql.SQL(f"SELECT '{MARK}'"))
    assert len(told) == 2


def test_no_filter_of_a_list_and_no_field_of_a_body_becomes_part_of_a_statement():
    admin, program = as_caller(Role.ADMIN), as_caller("program of boyfanz")
    entries = [
        Entry("GET", "/admin/identity/user/", admin, query={"q": "a", "o": "1", "is_active__exact": "1"}),
        Entry("GET", "/api/v1/payments", program, query={"fan": "a", "cursor": "a"}),
        Entry("POST", "/api/v1/creators", program, body={"members": [{"external_id": "a", "handle": "a"}]}),
    ]
    run = Run(most_trials=len(entries))
    inject_everywhere(run, entries)
    assert (run.trials, run.violations) == (3, [])
    assert len(ATTACKS) > 10
