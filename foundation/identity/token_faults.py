"""XT1: changed, cut, shuffled and forged tokens; none of them opens anything."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from foundation.faults import Battery, Run, batteries
from foundation.identity.scopes import Scope
from foundation.identity.tokens import InvalidToken, issue_token, key_ring, read_token

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
ALGORITHMS = ("none", "None", "NONE", "", "HS256", "RS256", "ES256")
CLAIMS = ("iss", "aud", "sub", "client_id", "platform", "exp")


def mutate(token: str, chance: random.Random) -> str:
    """One small change to the text of a token."""
    place = chance.randrange(len(token))
    other = chance.choice(LETTERS + ".=+/ \n\x00é")
    parts = token.split(".")
    chance.shuffle(parts)
    return chance.choice(
        [
            token[:place] + other + token[place + 1 :],
            token[:place] + other + token[place:],
            token[:place] + token[place + 1 :],
            token[:place],
            ".".join(parts),
            token + chance.choice([other, ".", ".x", "=", "==", "\n", "A"]),
        ]
    )


def forge(token: str, chance: random.Random) -> str:
    """A token that says what we would say, signed as we would not."""
    head, claims = _opened(token)
    kind = chance.randrange(3)
    if kind == 0:
        return f"{_part({**head, 'alg': chance.choice(ALGORITHMS)})}.{_part(claims)}.{token.split('.')[2]}"
    if kind == 1:
        public = key_ring().private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        text = f"{_part({**head, 'alg': 'HS256'})}.{_part(claims)}"
        return f"{text}.{_base64(hmac.new(public, text.encode(), hashlib.sha256).digest())}"
    stranger = Ed25519PrivateKey.generate()
    return jwt.encode(claims, stranger, algorithm="EdDSA", headers=head)


def twist(token: str, chance: random.Random) -> str:
    """Our own signature over other words: what a leaked signer of another service would make."""
    head, claims = _opened(token)
    claims[chance.choice(CLAIMS)] = chance.choice([None, 0, -1, True, "x", [], {}, 10**30, 1.5])
    words = json.dumps(claims).encode()
    return jwt.api_jws.encode(words, key_ring().private, algorithm="EdDSA", headers=head)


def try_tokens(run: Run) -> None:
    for _ in run:
        token = issue_token(client_id=uuid4(), platform_id=uuid4(), scopes=frozenset(map(str, Scope)))
        forged = run.random.choice([mutate, mutate, forge, twist])(token, run.random)
        if forged != token and is_accepted(forged):
            run.violated(f"accepted: {forged[:300]!r}")
        if not is_accepted(token):
            run.violated("refused its own token")


def is_accepted(token: str) -> bool:
    try:
        read_token(token)
    except InvalidToken:
        return False
    return True


def _opened(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    head, claims, _ = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split("."))
    return json.loads(head), json.loads(claims)


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _part(value: Any) -> str:
    return _base64(json.dumps(value).encode())


batteries.add("tokens", Battery("No changed, forged or twisted token opens anything (XT1)", try_tokens))
