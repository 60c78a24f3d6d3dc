"""A card's number typed into any field is refused, and is nowhere afterwards: in no table, in no log."""

import io
import logging

import psycopg
import pytest
from django.db import connection

from tests.fanzpay.stories import body, post
from tests.fanzpay.till import APPROVED

pytestmark = pytest.mark.django_db(transaction=True)
CARD = "4539578763621486"
SPELLINGS = (CARD, "4539 5787 6362 1486", "4539-5787-6362-1486", f"my card is {CARD}, thanks", int(CARD))
FIELDS = (
    "reference", "fan", "creator", "product", "amount_minor", "currency", "tax_minor", "jurisdiction", "method",
    "token", "instrument_id", "coin", "description", "return_url", "device", "ip", "content_id", "subscription",
)  # fmt: skip
TEXT_COLUMNS = """
SELECT c.table_name, c.column_name FROM information_schema.columns c
JOIN information_schema.tables t USING (table_schema, table_name)
WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
  AND c.data_type IN ('text', 'character varying', 'jsonb', 'json', 'bytea', 'bigint', 'numeric', 'ARRAY')
"""


@pytest.fixture
def logged():
    """Everything any logger says, before anything is masked."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    logging.getLogger().addHandler(handler)
    yield out
    logging.getLogger().removeHandler(handler)


def planted():
    for field in FIELDS:
        for spelled in SPELLINGS:
            yield "payments", body(**{field: spelled}), None
    for spelled in SPELLINGS:
        yield "payments", body(subscription={"period_days": spelled}), None
        yield "payments", body(**{str(spelled): "x"}), None
        yield "payments", body() | {"extra": [{"deep": spelled}]}, None
        for path, fields in (
            ("refunds", ("payment_id", "amount_minor", "currency", "reason")),
            ("content", ("external_id", "creator", "kind", "title")),
            ("content-actions", ("external_id", "content", "by", "reason")),
            ("content-accesses", ("external_id", "content", "fan", "device")),
        ):
            for field in fields:
                yield path, {"items": [{field: spelled}], field: spelled}, None
    yield "payments", body(), CARD
    yield "payments", body(), f"order-{SPELLINGS[1]}"


def test_no_planted_number_is_anywhere(till, logged):
    sent = 0
    for path, data, key in planted():
        answer = post(path, data, key=key or "")
        sent += 1
        assert answer.status_code == 400, (path, data, answer.content)
        assert CARD not in answer.content.decode().replace(" ", "").replace("-", "")
    assert sent > 150
    assert (till.calls["charge"], found_in_database(), found_in(logged.getvalue())) == (0, [], False)


def test_the_search_finds_what_is_there():
    answer = post("payments", body(description="number 4539 5787", token=APPROVED))
    assert answer.status_code == 201
    assert "payment.description" in found_in_database("45395787")


def found_in(text, digits=CARD):
    return digits in text.replace(" ", "").replace("-", "")


def found_in_database(digits=CARD):
    """The columns in which these digits stand, however they are spaced."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(TEXT_COLUMNS)
        for table, column in cursor.fetchall():
            name = psycopg.sql.SQL("SELECT count(*) FROM {} WHERE translate(encode(convert_to({}::text, 'UTF8'), "
                                   "'escape'), ' -', '') LIKE %s").format(
                psycopg.sql.Identifier(table), psycopg.sql.Identifier(column)
            )  # fmt: skip
            cursor.execute(name.as_string(cursor.connection), [f"%{digits}%"])
            found += [f"{table}.{column}"] * bool(cursor.fetchone()[0])
    return found
