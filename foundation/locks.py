"""One way to lock rows: by type, then by id, so that two doors never wait for each other in a ring."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import connection, models

from foundation.errors import NotFound
from foundation.rows import hold

M = TypeVar("M", bound=models.Model)


class LockedQuerySet(models.QuerySet[M]):
    def locked(self, pk: Any) -> M:
        """This row, held until the transaction ends; NotFound when it is missing."""
        if self.query.where:
            row = self.select_for_update(of=("self",)).filter(pk=pk).first()
        else:
            row = hold(self.model, f"{connection.ops.quote_name(str(self.model._meta.pk.column))} = %s", pk)
        if row is None:
            raise NotFound(f"{self.model._meta.label_lower}.not_found")
        return row


def lock_all(*wanted: tuple[type[models.Model], Iterable[Any]]) -> dict[type[models.Model], dict[Any, models.Model]]:
    """Rows of several tables, locked in (type, id) order whatever the order they were asked in."""
    if not connection.in_atomic_block:
        raise RuntimeError("rows are locked inside a transaction")
    held: dict[type[models.Model], dict[Any, models.Model]] = {}
    for model, pks in sorted(wanted, key=lambda pair: pair[0]._meta.label_lower):
        rows = model._default_manager.select_for_update(of=("self",)).filter(pk__in=set(pks)).order_by("pk")
        held[model] = {row.pk: row for row in rows}
    return held
