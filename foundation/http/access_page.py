"""docs/access.md: every address, every method, and who may use it."""

from __future__ import annotations

import re

from foundation.http import access
from foundation.http.routes import Route, every_route

HEAD = """# Who may do what

Printed from the rooms' `access.py` by `manage.py docs_build`; do not edit. What has no row here is closed to all.
People are named by role, programs by scope; *(steps up)* asks the person to prove again that it is them, and staff
always need a second factor. A row opens the door; which rows and fields are seen behind it, the query decides.

| address | method | who |
|---|---|---|
"""


def access_page() -> str:
    routes = sorted(every_route(), key=lambda route: route.path)
    lines: dict[str, None] = {}
    for name, row in sorted(access.rows().items(), key=lambda entry: _address(entry[0], routes)):
        for who in dict.fromkeys(row.values()):
            methods = ", ".join(sorted(method for method, admitted in row.items() if admitted == who))
            lines[f"| `{_address(name, routes)}` | {methods} | {who} |"] = None
    return HEAD + "\n".join(lines) + "\n"


def _address(name: str, routes: list[Route]) -> str:
    if name.endswith("*"):
        return next(route.path for route in routes if route.name.startswith(name[:-1])) + "…"
    return _readable(next(route.path for route in routes if route.name == name))


def _readable(path: str) -> str:
    """A pattern of Django's old kind as its words: the groups by their names alone."""
    return re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", path.replace("^", "").removesuffix("$").removesuffix("\\Z"))
