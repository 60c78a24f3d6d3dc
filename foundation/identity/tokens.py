"""Short tokens for programs: signed with Ed25519, bound to one client and platform, checked without asking anybody."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from foundation import clock
from foundation.errors import Unauthenticated
from foundation.ids import uuid7

ALGORITHM, TYPE, LASTS = "EdDSA", "at+jwt", timedelta(minutes=5)
LONGEST = 4096
CLAIMS = ("iss", "aud", "sub", "client_id", "platform", "scope", "jti", "iat", "nbf", "exp")
_PEM = re.compile(rb"-----BEGIN ([A-Z ]+)-----.+?-----END \1-----", re.DOTALL)
_SEGMENT = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Grant:
    """What a good token says."""

    client_id: UUID
    platform_id: UUID
    scopes: frozenset[str]
    token_id: str


@dataclass(frozen=True)
class KeyRing:
    """The key that signs, and all keys whose signatures count."""

    kid: str
    private: Ed25519PrivateKey
    public: dict[str, Ed25519PublicKey]


def issuer() -> str:
    return str(settings.PUBLIC_URL)


def audience() -> str:
    return f"{settings.PUBLIC_URL}/api/v1"


def issue_token(*, client_id: UUID, platform_id: UUID, scopes: frozenset[str]) -> str:
    """A token that opens the API for five minutes."""
    ring, now = key_ring(), int(clock.now().timestamp())
    claims = {
        "iss": issuer(), "aud": audience(), "sub": str(client_id), "client_id": str(client_id),
        "platform": str(platform_id), "scope": " ".join(sorted(scopes)), "jti": str(uuid7()),
        "iat": now, "nbf": now, "exp": now + int(LASTS.total_seconds()),
    }  # fmt: skip
    return jwt.encode(claims, ring.private, algorithm=ALGORITHM, headers={"kid": ring.kid, "typ": TYPE})


def read_token(token: str) -> Grant:
    """Who holds this token and what it allows; Unauthenticated when anything about it is not exactly right."""
    try:
        claims = _verified(token)
        return Grant(
            client_id=UUID(claims["client_id"]),
            platform_id=UUID(claims["platform"]),
            scopes=frozenset(str(claims["scope"]).split()),
            token_id=str(claims["jti"]),
        )
    except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError):
        raise InvalidToken() from None


class InvalidToken(Unauthenticated):
    title, default_code = "The token is not valid; ask for a new one", "auth.token_invalid"
    headers = {"WWW-Authenticate": 'Bearer realm="FanzMoneyDash", error="invalid_token"'}


def _verified(token: str) -> dict[str, Any]:
    segments = token.split(".")
    if len(token) > LONGEST or len(segments) != 3 or not all(map(_is_canonical, segments)):
        raise jwt.InvalidTokenError("not one of our tokens")
    header = jwt.get_unverified_header(token)
    if set(header) != {"alg", "kid", "typ"} or header["alg"] != ALGORITHM or header["typ"] != TYPE:
        raise jwt.InvalidTokenError("not one of our headers")
    key = key_ring().public.get(header["kid"])
    if key is None:
        raise jwt.InvalidTokenError("unknown key")
    claims: dict[str, Any] = jwt.decode(
        token, key, algorithms=[ALGORITHM], audience=audience(), issuer=issuer(),
        options={"require": list(CLAIMS), "verify_exp": False, "verify_nbf": False, "verify_iat": False},
    )  # fmt: skip
    times = [claims[name] for name in ("iat", "nbf", "exp")]
    if any(type(moment) is not int for moment in times) or claims["sub"] != claims["client_id"]:
        raise jwt.InvalidTokenError("claims of the wrong shape")
    issued, begins, ends = times
    # The house's clock and not the machine's: time travel in a demo must end tokens as it ends everything else.
    if not (begins <= clock.now().timestamp() < ends and 0 < ends - issued <= LASTS.total_seconds()):
        raise jwt.ExpiredSignatureError("not valid at this time")
    return claims


def _is_canonical(segment: str) -> bool:
    """base64url has several spellings of the same bytes; a token has one."""
    if not _SEGMENT.fullmatch(segment):
        return False
    try:
        raw = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except ValueError:
        return False
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == segment


def public_keys() -> dict[str, Any]:
    """The JSON Web Key Set by which anyone can check our tokens."""
    return {
        "keys": [{**_jwk(key), "kid": kid, "use": "sig", "alg": ALGORITHM} for kid, key in key_ring().public.items()]
    }


def key_ring() -> KeyRing:
    file = settings.JWT_PRIVATE_KEY_FILE
    return _read_ring(file, file.stat().st_mtime_ns)


@functools.lru_cache(maxsize=4)
def _read_ring(file: Path, modified: int) -> KeyRing:
    """Several PEM blocks may overlap while keys are rotated: the first signs, all verify."""
    private: Ed25519PrivateKey | None = None
    public: dict[str, Ed25519PublicKey] = {}
    for block in _PEM.finditer(file.read_bytes()):
        is_private = block[1].endswith(b"PRIVATE KEY")
        key = load_pem_private_key(block[0], password=None) if is_private else load_pem_public_key(block[0])
        verifier = key.public_key() if isinstance(key, Ed25519PrivateKey) else key
        if not isinstance(verifier, Ed25519PublicKey):
            raise ImproperlyConfigured(f"{file} holds a key that is not Ed25519")
        if private is None:
            if not isinstance(key, Ed25519PrivateKey):
                raise ImproperlyConfigured(f"{file} begins with a public key; the first one signs")
            private = key
        public[thumbprint(verifier)] = verifier
    if private is None:
        raise ImproperlyConfigured(f"{file} holds no key")
    return KeyRing(next(iter(public)), private, public)


def _jwk(key: Ed25519PublicKey) -> dict[str, str]:
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return {"crv": "Ed25519", "kty": "OKP", "x": base64.urlsafe_b64encode(raw).rstrip(b"=").decode()}


def thumbprint(key: Ed25519PublicKey) -> str:
    """RFC 7638: a key's name follows from the key."""
    canonical = json.dumps(_jwk(key), sort_keys=True, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode()
