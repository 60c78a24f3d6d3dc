"""Whoever a record refers to has a name to read, and who has none is read as written."""

import pytest

from foundation.identity.names import names_of
from tests.cast import missing_id, program, staff

pytestmark = pytest.mark.django_db


def test_everybody_is_read_by_name_and_strangers_as_they_are_written():
    fred, billing = staff("fred"), program("boyfanz")
    nobody = [f"user:{missing_id()}", "user:creator louise1", "client:old program", "stranger"]
    names = names_of([f"user:{fred.pk}", f"client:{billing.client_id}", "system:jobs", "", *nobody])
    assert names == {
        f"user:{fred.pk}": "Fred", f"client:{billing.client_id}": "billing (BoyFanz)",
        "system:jobs": "The system (jobs)", **{name: name for name in nobody},
    }  # fmt: skip
