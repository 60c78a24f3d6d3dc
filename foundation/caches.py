"""What stands in Redis is data: read as JSON, it cannot be code whoever wrote it."""

from __future__ import annotations

import json
from typing import Any


class JsonSerializer:
    """Django's own reads pickles, which run what they hold. Whole numbers stay bare so that Redis can count them."""

    def dumps(self, value: Any) -> int | bytes:
        return value if type(value) is int else json.dumps(value).encode()

    def loads(self, stored: bytes) -> Any:
        return json.loads(stored)
