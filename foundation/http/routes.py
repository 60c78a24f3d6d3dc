"""Every address of the house, as the resolver knows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver


@dataclass(frozen=True, slots=True)
class Route:
    """One pattern: its name as `access.py` writes it, its path with `<converter:name>` parts, its view."""

    name: str
    path: str
    view: Callable[..., Any]
    pattern: URLPattern


def every_route() -> list[Route]:
    return list(_below(get_resolver(), "/", ()))


def _below(resolver: URLResolver, prefix: str, namespaces: tuple[str, ...]) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _below(entry, path, (*namespaces, entry.namespace) if entry.namespace else namespaces)
        else:
            yield Route(":".join((*namespaces, entry.name or "")), path, entry.callback, entry)
