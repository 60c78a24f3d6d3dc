"""Put a hostile text into every stored text, with the name of where it stands."""

from __future__ import annotations

import os
import re

import psycopg
from django.apps import apps
from django.db import models
from psycopg import sql

# What people and platforms write, by the names of the columns; codes, states and ids are ours.
WRITTEN = re.compile(
    r"(^|_)(reason|reasoning|notes?|title|description|text|name|handle|label|message|words|headline|comment|detail|"
    r"legal_basis|agent|reference|external_id|return_url|summary|finding|proof|said|question|answer)$"
)
ROOM_FOR_NAME = 60
PAYLOADS = (
    "\"'><zq-x onx=1>", "</script></title></textarea><zq-x onx=1>", "=1+1<zq-x onx=1>", "@A1<zq-x onx=1>",
    "\t-1<zq-x onx=1>", "javascript:zq()<zq-x onx=1>", "<!--><svg onx=1><zq-x>", "＝1<zq-x onx=1>",
)  # fmt: skip


def written_columns() -> list[tuple[str, str, int]]:
    """Table, column and longest text of everything somebody writes."""
    found = []
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            is_text = isinstance(field, models.CharField | models.TextField)
            column = str(field.column)
            if not is_text or field.choices or field.primary_key or not WRITTEN.search(column):
                continue
            found.append((model._meta.db_table, column, field.max_length or 500))
    return sorted(set(found))


def poison(payload: str) -> list[str]:
    """All rows of all such columns hold it now, past every trigger; returns where the table let it in."""
    done = []
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute("SET session_replication_role = replica")
        for table, column, longest in written_columns():
            place = f"~{table}.{column}~"
            if longest < len(payload) + len(place) + 12:
                continue
            spread = sql.SQL("UPDATE {} SET {} = %s || substr(md5(ctid::text), 1, 10)").format(
                sql.Identifier(table), sql.Identifier(column)
            )
            try:
                changed = owner.execute(spread, [payload + place]).rowcount
            except psycopg.errors.IntegrityError:
                continue
            if changed:
                done.append(f"{table}.{column}")
    return done
