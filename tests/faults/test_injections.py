"""Attacks on statements in a few places; `manage.py faults injections` tries every place."""

import pytest
from django.db import connection
from psycopg import sql

from fanzmoney.trials.hostile.entries import Entry, hear_unattacked
from fanzmoney.trials.hostile.injections import ATTACKS, MARK, inject_everywhere, watched
from foundation import prepared
from foundation.faults import Run
from foundation.identity.models import User
from foundation.identity.roles import Role
from foundation.rows import find
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
        prepared.run("SELECT %s", [MARK])
        assert len(told) == 2
        prepared.run(f"SELECT '{MARK}'")
        find(User, f"name = '{MARK}'")
    assert len(told) == 4


def test_an_address_that_lets_nobody_in_proves_nothing():
    run, program = Run(most_trials=3), as_caller("program of boyfanz")
    entries = [
        Entry("GET", "/api/v1/payments", as_caller("anonymous"), query={"fan": ""}),
        Entry("GET", "/ops/payments", as_caller("anonymous"), query={"q": "a"}),
        Entry("GET", "/api/v1/payments", program, query={"fan": ""}),
    ]
    for entry in entries:
        hear_unattacked(run, entry)
    assert [said.split(": ", 1)[1] for said in run.violations] == [
        "GET /api/v1/payments is answered 401  without an attack",
        "GET /ops/payments is answered 302 /login without an attack",
    ]
    assert run.counted == {"refused_unattacked": 2, "answered_well": 1}


def test_no_filter_of_a_list_and_no_field_of_a_body_becomes_part_of_a_statement():
    admin, program = as_caller(Role.ADMIN), as_caller("program of boyfanz")
    entries = [
        Entry("GET", "/admin/identity/user/", admin, query={"q": "a", "o": "1", "is_active__exact": "1"}),
        Entry("GET", "/api/v1/payments", program, query={"fan": "", "cursor": ""}),
        Entry("POST", "/api/v1/creators", program, body={"members": [{"external_id": "a", "handle": "a"}]}),
    ]
    run = Run(most_trials=len(entries))
    inject_everywhere(run, entries)
    assert (run.trials, run.violations, run.counted) == (3, [], {"answered_well": 3})
    assert len(ATTACKS) > 10
