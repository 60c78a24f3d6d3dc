"""Keeping the sums true: wherever a payment changed they are made again from all payments of that day and fan."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from processors.facts import statements as sql

BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Proof:
    """How many sums differ from the payments they were made from, and how many changes wait to be taken in."""

    sale_days: int
    payer_months: int
    waiting: int

    @property
    def is_equal(self) -> bool:
        return not (self.sale_days or self.payer_months)


def fold_facts(*, creator_ids: Collection[UUID] | None = None, limit: int = BATCH) -> int:
    """Take in what changed, of these creators or of all, in one transaction; returns how many changes that were."""
    which = "TRUE" if creator_ids is None else "creator_id = ANY (%(who)s::uuid[])"
    asked: dict[str, Any] = {"limit": limit, "who": list(creator_ids or ())}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.ALONE)
        cursor.execute(sql.TAKE_MARKS.format(which=which), asked)
        marks = cursor.fetchall()
        if marks:
            _make_again(cursor, marks)
    return len(marks)


def fold_all() -> int:
    """Take in everything that waits, batch by batch."""
    done = 0
    while some := fold_facts():
        done += some
        if some < BATCH:
            break
    return done


def rebuild_facts() -> None:
    """Make every sum again from all payments."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in (
            sql.PATIENT,
            sql.ALONE,
            "DELETE FROM fact_mark",
            "DELETE FROM sale_day",
            "DELETE FROM payer_month",
        ):
            cursor.execute(statement)
        for statement in (sql.FILL_DAYS, sql.FILL_MONTHS):
            cursor.execute(statement.format(of=sql.ALL))


def prove_facts() -> Proof:
    """Compare every sum with the payments. Creators with changes that wait are left out."""
    found = {}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.PATIENT)
        for table, made in (("sale_day", sql.SALE_DAYS), ("payer_month", sql.PAYER_MONTHS)):
            statement = sql.DIFFERENCES.format(made=made.format(of=sql.ALL), table=table, columns=sql.COLUMNS[table])
            cursor.execute(statement)
            (found[table],) = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM fact_mark")
        (waiting,) = cursor.fetchone()
    return Proof(found["sale_day"], found["payer_month"], waiting)


def _make_again(cursor: Any, marks: list[tuple[Any, Any, Any]]) -> None:
    days = sorted({(creator, day) for creator, _, day in marks})
    months = sorted({(creator, fan, day.replace(day=1)) for creator, fan, day in marks})
    of_days = {"creators": [one[0] for one in days], "days": [one[1] for one in days]}
    of_months = {
        "creators": [one[0] for one in months], "fans": [one[1] for one in months],
        "months": [one[2] for one in months],
    }  # fmt: skip
    cursor.execute(sql.CLEAR_DAYS, of_days)
    cursor.execute(sql.FILL_DAYS.format(of=sql.DAYS), of_days)
    cursor.execute(sql.CLEAR_MONTHS, of_months)
    cursor.execute(sql.FILL_MONTHS.format(of=sql.MONTHS), of_months)
