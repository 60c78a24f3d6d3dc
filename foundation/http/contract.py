"""The API as clients were given it at the last release, and what was agreed to break since."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from foundation.http.docs import schema_text
from foundation.http.openapi import breaks_between

FOLDER = settings.BASE_DIR / "docs" / "api"
RELEASED, AGREED = FOLDER / "openapi.json", FOLDER / "breaks.md"
AGREED_LINE = re.compile(r"- `(?P<what>[^`]+)`: (?P<reason>\S.*)")
NOTHING_AGREED = """\
# What the next release breaks

One line for each difference that `manage.py openapi_check` names, with the reason: clients read it in the changelog.
Empty again after `manage.py openapi_check --release`.

"""


@dataclass(frozen=True, slots=True)
class Found:
    """Breaks nobody agreed to, those with a reason, and reasons for what does not break."""

    breaks: list[str]
    agreed: dict[str, str]
    stale: list[str]


def check() -> Found:
    found, agreed = breaks_between(json.loads(RELEASED.read_text()), as_it_is()), agreed_breaks()
    return Found(
        breaks=[one for one in found if one not in agreed],
        agreed={one: agreed[one] for one in found if one in agreed},
        stale=[one for one in agreed if one not in found],
    )


def agreed_breaks() -> dict[str, str]:
    lines = map(AGREED_LINE.fullmatch, AGREED.read_text().splitlines())
    return {line["what"]: line["reason"] for line in lines if line}


def as_it_is() -> dict[str, Any]:
    """The document without where it is served, which is another place in every house."""
    document: dict[str, Any] = json.loads(schema_text())
    document.pop("servers", None)
    return document


def release() -> None:
    """From now on this is what clients were given."""
    FOLDER.mkdir(exist_ok=True)
    RELEASED.write_text(json.dumps(as_it_is(), indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    AGREED.write_text(NOTHING_AGREED)
