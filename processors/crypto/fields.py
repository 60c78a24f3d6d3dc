"""Whole numbers of a chain's smallest unit, which no column of integers holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    Whole = models.DecimalField[int, int]
else:
    Whole = models.DecimalField


class ChainUnitsField(Whole):
    """An int in Python, a numeric without a fraction in Postgres: 78 digits hold any 256-bit number."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "max_digits": 78, "decimal_places": 0})

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> int | None:
        return None if value is None else int(value)

    def to_python(self, value: Any) -> Any:
        if type(value) is int or value is None:
            return value
        raise TypeError("units of a chain are whole numbers")

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return self.to_python(value)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        return value if hasattr(value, "as_sql") else self.to_python(value)
