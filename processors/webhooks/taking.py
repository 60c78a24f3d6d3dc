"""Keep a call as it came, in one statement, before anybody looks at it."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from foundation import rows
from foundation.logs import mask_cards
from processors.webhooks.models import WebhookCall
from processors.webhooks.rules.cards import without_cards

NOT_KEPT = frozenset({"authorization", "proxy-authorization", "cookie"})


def take_call(
    *, provider: str, body: bytes, headers: Mapping[str, str], query: Mapping[str, str], address: str, at: datetime
) -> UUID:
    """Store a call of this provider; the digest is of the bytes as they came, the body is without cards."""
    call = WebhookCall(
        provider=provider,
        body=without_cards(body),
        body_sha256=sha256(body).digest(),
        headers={name.lower(): mask_cards(said) for name, said in headers.items() if name.lower() not in NOT_KEPT},
        query={mask_cards(name): mask_cards(said) for name, said in query.items()},
        address=_address(address),
        received_at=at,
    )
    return rows.insert(call).pk


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None
