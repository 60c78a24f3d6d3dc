"""Standard Webhooks: the headers by which a receiver knows that it is us, and that nothing was changed."""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Iterable

from foundation.identity.keys import open_secret, seal_secret

PURPOSE, PREFIX, BYTES = "hooks", "whsec_", 32


def make_secret() -> tuple[str, bytes]:
    """A fresh secret: as its owner is shown it once, and as it is stored."""
    secret = secrets.token_bytes(BYTES)
    return PREFIX + base64.b64encode(secret).decode(), seal_secret(PURPOSE, secret)


def unsealed(sealed: bytes | memoryview) -> bytes:
    return open_secret(PURPOSE, bytes(sealed))


def headers_for(message_id: str, body: bytes, *, at: int, keys: Iterable[bytes]) -> dict[str, str]:
    """The three headers, with one signature for each secret that holds."""
    signed = f"{message_id}.{at}.".encode() + body
    signatures = (f"v1,{base64.b64encode(hmac.digest(key, signed, 'sha256')).decode()}" for key in keys)
    return {"webhook-id": message_id, "webhook-timestamp": str(at), "webhook-signature": " ".join(signatures)}
