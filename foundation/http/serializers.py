"""Bodies with declared fields: what is not declared is refused."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar, cast

from rest_framework import serializers

from foundation.errors import Invalid

S = TypeVar("S", bound=serializers.Serializer)


class Body(dict[str, Any]):
    """The values of a request as attributes; a field left out is None."""

    def __init__(self, values: Mapping[str, Any], declared: frozenset[str]) -> None:
        super().__init__(values)
        self._declared = declared

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._declared:
            raise AttributeError(name)
        return self.get(name)


class StrictSerializer(serializers.Serializer):
    """Base of every request body and query: unknown fields are errors, `read` gives the values."""

    may_not_fit: ClassVar[bool] = False
    """Of a query: what is well formed may still not fit together, so the schema names 422."""

    @classmethod
    def read(cls, request: Any) -> Body:
        """The request's body; Invalid with one error per field."""
        return cls._read(request.data)

    @classmethod
    def read_query(cls, request: Any) -> Body:
        """The request's query parameters, each at most once."""
        query = request.query_params
        twice = [name for name in query if len(query.getlist(name)) > 1]
        if twice:
            raise Invalid(errors=[error_in(name, "duplicate", "Stands twice.") for name in twice[:20]])
        return cls._read(query.dict())

    @classmethod
    def _read(cls, data: Any) -> Body:
        serializer = _made(cls)
        try:
            values = serializer.run_validation(data)
        except serializers.ValidationError:
            cls(data=data).is_valid(raise_exception=True)  # in the words in which errors are told
            raise
        return Body(values, frozenset(serializer.fields))

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            known = {name for name, field in self.fields.items() if not field.read_only}
            unknown = [name for name in data if name not in known]
            if unknown:
                raise serializers.ValidationError(
                    {str(name)[:80]: ["There is no such field."] for name in unknown[:20]}, code="unknown_field"
                )
        return super().to_internal_value(data)


@functools.cache
def _made(kind: type[S]) -> S:
    """One of each kind for all threads: making its fields anew costs more than reading by them, and it keeps nothing
    of what it reads or spells."""
    return kind()


def spelled(kind: type[serializers.Serializer], value: Any) -> dict[str, Any]:
    """The value as this kind of answer spells it."""
    return cast(dict[str, Any], _made(kind).to_representation(value))


class OneOfSerializers(serializers.Serializer):
    """An answer that differs by who asks; views answer with one of the alternatives, the schema names all."""

    alternatives: ClassVar[tuple[type[serializers.BaseSerializer[Any]], ...]] = ()


def error_in(field: str, code: str, detail: str) -> dict[str, str]:
    return {"field": field[:200], "code": code, "detail": detail[:300]}


def errors_of(detail: Any, path: str = "") -> list[dict[str, str]]:
    """A tree of validation errors as one flat list: `items.3.amount_minor`, a stable code, a sentence."""
    if isinstance(detail, Mapping):
        branches = [(str(key) if key != "non_field_errors" else "", value) for key, value in detail.items()]
    elif isinstance(detail, list) and any(isinstance(item, Mapping | list) for item in detail):
        branches = [(str(number), value) for number, value in enumerate(detail)]
    elif isinstance(detail, list):
        branches = [("", value) for value in detail]
    else:
        return [error_in(path, str(getattr(detail, "code", "invalid")), str(detail))]
    return [found for key, value in branches for found in errors_of(value, ".".join(filter(None, (path, key))))][:100]
