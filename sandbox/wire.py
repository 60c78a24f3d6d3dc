"""JSON whose decimal numbers keep every digit they were written with."""

import json
import re
from decimal import Decimal
from typing import Any

# No float keeps 0.00010000: decimals pass the encoder as marked text and lose their quotes afterwards.
MARK = "\ue000"
MARKED = re.compile(r'"\\ue000(-?\d+(?:\.\d+)?)"')


def written(value: Any) -> bytes:
    """The value as JSON, every Decimal as the number it shows."""
    return MARKED.sub(r"\1", json.dumps(value, default=marked)).encode()


def marked(value: Any) -> str:
    if isinstance(value, Decimal) and value.is_finite():
        return f"{MARK}{value:f}"
    raise TypeError(f"no JSON for {value!r}")


def read(raw: bytes) -> Any:
    """JSON with exact numbers; raises ValueError for anything else."""
    return json.loads(raw, parse_float=Decimal, parse_constant=_no_number)


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number")
