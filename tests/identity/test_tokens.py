"""A token opens the API for five minutes, and nothing that merely looks like one does."""

import base64
import json
import os
import random
from datetime import timedelta
from uuid import UUID, uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from foundation import clock
from foundation.identity import tokens
from foundation.identity.token_faults import mutate
from foundation.identity.tokens import InvalidToken, issue_token, key_ring, public_keys, read_token

pytestmark = pytest.mark.django_db

CLIENT, PLATFORM = uuid4(), uuid4()
SCOPES = frozenset({"fans:read", "fans:write"})
MUTANTS = int(os.environ.get("JWT_MUTANTS", "500"))


@pytest.fixture
def token():
    return issue_token(client_id=CLIENT, platform_id=PLATFORM, scopes=SCOPES)


def pem(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_pem(key):
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def opened(token):
    return [json.loads(base64.urlsafe_b64decode(s + "=" * (-len(s) % 4))) for s in token.split(".")[:2]]


def signed(key=None, header=(), **claims):
    """A token signed by this key (ours unless told), with some of its words changed; None takes a word away."""
    good = issue_token(client_id=CLIENT, platform_id=PLATFORM, scopes=SCOPES)
    head, body = opened(good)
    head, body = {**head, **dict(header)}, {k: v for k, v in {**body, **claims}.items() if v is not None}
    return jwt.encode(body, key or key_ring().private, algorithm="EdDSA", headers=head)


def is_accepted(token):
    try:
        read_token(token)
    except InvalidToken:
        return False
    return True


def test_a_token_says_who_where_and_what(token):
    grant = read_token(token)
    assert (grant.client_id, grant.platform_id, grant.scopes) == (CLIENT, PLATFORM, SCOPES)
    head, body = opened(token)
    assert head == {"alg": "EdDSA", "kid": key_ring().kid, "typ": "at+jwt"}
    assert body["exp"] - body["iat"] == 300


def test_a_token_ends_after_five_minutes(token):
    clock.move_clock(ahead=timedelta(seconds=298))
    assert is_accepted(token)
    clock.move_clock(ahead=timedelta(seconds=301))
    assert not is_accepted(token)


def test_a_token_does_not_begin_early():
    clock.move_clock(ahead=timedelta(hours=1))
    token = issue_token(client_id=CLIENT, platform_id=PLATFORM, scopes=SCOPES)
    clock.move_clock(ahead=timedelta())
    assert not is_accepted(token)


NOW = 2_000_000_000
BAD_CLAIMS = [
    {"iss": "http://elsewhere"}, {"aud": "http://localhost:8000"}, {"aud": ["http://localhost:8000/api/v2"]},
    {"sub": str(UUID(int=7))}, {"client_id": "x", "sub": "x"}, {"platform": "x"}, {"exp": NOW}, {"exp": "9999999999"},
    {"exp": 9999999999.5}, {"nbf": NOW}, {"iat": True}, {"iat": 0}, {"exp": 10**30}, {"scope": None},
    {"platform": None},
    {"jti": None}, {"exp": None}, {"nbf": None}, {"iat": None}, {"sub": None}, {"client_id": None}, {"aud": None},
    {"iss": None}, {"platform": {"$ne": 1}},
]  # fmt: skip


@pytest.mark.parametrize("claims", BAD_CLAIMS, ids=str)
def test_a_token_of_ours_with_other_claims_is_refused(claims):
    assert is_accepted(signed())
    assert not is_accepted(signed(**claims))


@pytest.mark.parametrize(
    "header",
    [
        {"kid": "x"}, {"kid": "../../jwt_private.pem"}, {"kid": "' OR 1=1 --"}, {"typ": "JWT"}, {"typ": "rt+jwt"},
        {"jku": "http://evil"}, {"x5u": "http://evil"}, {"crit": ["exp"]}, {"jwk": {"kty": "OKP"}}, {"zip": "DEF"},
        {"cty": "JWT"},
    ],
    ids=str,
)  # fmt: skip
def test_another_header_is_refused(header):
    assert not is_accepted(signed(header=header))


def test_algorithms_are_not_for_the_caller_to_choose(token):
    head, body = opened(token)
    signature = token.split(".")[2]
    public = public_pem(key_ring().private)
    for algorithm in ("none", "None", "NONE", "", "HS256", "RS256", "ES256", "EdDSA2"):
        assert not is_accepted(f"{part({**head, 'alg': algorithm})}.{part(body)}.{signature}")
        assert not is_accepted(f"{part({**head, 'alg': algorithm})}.{part(body)}.")
    import hashlib
    import hmac

    forged = f"{part({**head, 'alg': 'HS256'})}.{part(body)}"
    for secret in (public, public.strip(), key_ring().kid.encode(), b""):
        digest = hmac.new(secret, forged.encode(), hashlib.sha256).digest()
        assert not is_accepted(f"{forged}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}")


def test_another_platforms_words_need_our_signature(token):
    head, body = opened(token)
    assert not is_accepted(f"{part(head)}.{part({**body, 'platform': str(uuid4())})}.{token.split('.')[2]}")
    stranger = Ed25519PrivateKey.generate()
    assert not is_accepted(signed(stranger))
    assert not is_accepted(signed(stranger, header={"kid": tokens.thumbprint(stranger.public_key())}))


def test_keys_overlap_while_they_are_rotated(settings, tmp_path, token):
    old, new = key_ring().private, Ed25519PrivateKey.generate()
    file = tmp_path / "keys.pem"
    settings.JWT_PRIVATE_KEY_FILE = file
    file.write_bytes(pem(new) + public_pem(old))
    assert is_accepted(token), "bought before the change"
    fresh = issue_token(client_id=CLIENT, platform_id=PLATFORM, scopes=SCOPES)
    assert opened(fresh)[0]["kid"] == tokens.thumbprint(new.public_key())
    assert [key["kid"] for key in public_keys()["keys"]] == [tokens.thumbprint(k.public_key()) for k in (new, old)]
    file.write_bytes(pem(new))
    os.utime(file, (1, 1))
    assert is_accepted(fresh)
    assert not is_accepted(token), "the old key is gone"


def test_the_published_keys_verify_and_hold_no_secret(token):
    (key,) = public_keys()["keys"]
    assert set(key) == {"kty", "crv", "x", "kid", "use", "alg"}
    claims = jwt.decode(token, jwt.PyJWK(key), algorithms=["EdDSA"], audience=tokens.audience())
    assert claims["sub"] == str(CLIENT)


def test_no_mutant_of_a_token_is_accepted(token):
    chance = random.Random(20261121)
    mutants = [mutant for _ in range(MUTANTS) if (mutant := mutate(token, chance)) != token]
    tail = token[:-1]
    mutants += [tail + last for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"]
    mutants.remove(token)
    assert len(mutants) > MUTANTS * 0.8
    assert not [mutant for mutant in mutants if is_accepted(mutant)]
