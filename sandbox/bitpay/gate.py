"""Who may call: tokens by facade, and requests signed with the key a token was paired with."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256K1, EllipticCurvePublicKey

from sandbox.bitpay.errors import NotAdmitted
from sandbox.control import Call

API_VERSION = "2.0.0"
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
SIGNED_FACADES = ("merchant", "payout")


class Gate:
    """The merchant's tokens; those of a facade that signs hold only with a signature of the merchant's key."""

    def __init__(self, merchant: Mapping[str, Any]) -> None:
        self.public_key = str(merchant["public_key"]).lower()
        self._key = EllipticCurvePublicKey.from_encoded_point(SECP256K1(), bytes.fromhex(self.public_key))
        self.tokens: dict[str, str] = {facade: str(merchant["token"]) for facade in SIGNED_FACADES}
        if "payout_token" in merchant:
            self.tokens["payout"] = str(merchant["payout_token"])
        if "pos_token" in merchant:
            self.tokens["pos"] = str(merchant["pos_token"])

    @property
    def client_id(self) -> str:
        return client_id_of(self.public_key)

    def admit(self, call: Call, token: str, facades: tuple[str, ...], resource_token: str = "") -> None:
        """Let a call in whose token opens one of these facades, or this one resource; raises NotAdmitted."""
        if call.request.headers.get("x-accept-version") != API_VERSION:
            raise NotAdmitted(f"X-Accept-Version {API_VERSION} is expected")
        if not token:
            raise NotAdmitted("This endpoint does not support the `public` facade")
        opened = [facade for facade in facades if facade in self.tokens and same(self.tokens[facade], token)]
        if not opened and not (resource_token and same(resource_token, token)):
            raise NotAdmitted("Invalid token")
        if opened != ["pos"]:
            self._check_signature(call)

    def _check_signature(self, call: Call) -> None:
        identity = call.request.headers.get("x-identity", "").lower()
        signature = call.request.headers.get("x-signature", "")
        if not identity or not signature:
            raise NotAdmitted("Missing signature")
        if not same(identity, self.public_key):
            raise NotAdmitted("Unauthorized sin")
        try:
            self._key.verify(bytes.fromhex(signature), full_url(call).encode() + call.raw, ECDSA(hashes.SHA256()))
        except (InvalidSignature, ValueError) as wrong:
            raise NotAdmitted("Invalid signature") from wrong


def full_url(call: Call) -> str:
    """The address as the caller wrote it: that is what was signed."""
    scope, headers = call.request.scope, call.request.headers
    path = scope["raw_path"].decode("latin-1").partition("?")[0]
    query = scope["query_string"].decode("latin-1")
    return f"{scope['scheme']}://{headers.get('host', '')}{path}{'?' + query if query else ''}"


def client_id_of(public_key: str) -> str:
    """The SIN of a compressed public key."""
    hashed = hashlib.new("ripemd160", hashlib.sha256(bytes.fromhex(public_key)).digest()).digest()
    named = b"\x0f\x02" + hashed
    checked = named + hashlib.sha256(hashlib.sha256(named).digest()).digest()[:4]
    number, letters = int.from_bytes(checked, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        letters = BASE58[rest] + letters
    return letters


def same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
