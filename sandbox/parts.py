from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from starlette.routing import BaseRoute


@dataclass(frozen=True)
class Part:
    """One thing the sandbox plays: its line on the index, its routes, and what runs beside them."""

    title: str
    about: str
    path: str
    routes: Sequence[BaseRoute]
    running: Callable[[], AbstractAsyncContextManager[None]]
