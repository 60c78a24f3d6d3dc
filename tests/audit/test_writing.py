"""What whoever writes records cannot choose: their number, their moment, their transaction."""

import pytest
from django.db import DatabaseError, connection, transaction

from foundation.audit.models import AuditRecord
from foundation.audit.services import record
from foundation.identity.tenancy import as_platform
from tests.cast import HOUSE, platform

pytestmark = pytest.mark.django_db

INSERT = (
    "INSERT INTO audit_record (actor, action, outcome, subject_type, subject_id, reason, facts, request_id, {column}) "
    "VALUES ('user:somebody', 'nothing.happened', 'done', '', '', '', '{{}}', '', {value})"
)


def write(column, value):
    with connection.cursor() as cursor:
        cursor.execute(INSERT.format(column=column, value=value))


def write_as_platform(column, value):
    with as_platform(platform().pk):
        write(column, value)


@pytest.mark.parametrize("writer", [write, write_as_platform])
@pytest.mark.parametrize(
    ("column", "value"), [("at", "now() - interval '3 days'"), ("id", "1"), ("xact", "pg_current_xact_id()")]
)
def test_no_record_is_dated_or_numbered_by_its_writer(writer, column, value):
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        writer(column, value)


def test_what_happened_is_written_all_the_same():
    record("something.happened", by=HOUSE)
    with as_platform(platform().pk):
        record("something.else", by=HOUSE)
    assert set(AuditRecord.objects.values_list("action", flat=True)) == {"something.happened", "something.else"}
