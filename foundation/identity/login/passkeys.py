"""Keys in devices of their owners (WebAuthn): a second factor and a proof that no other site can ask for."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from cryptography.exceptions import UnsupportedAlgorithm
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    AuthenticatorData,
    CollectedClientData,
    PublicKeyCredentialParameters,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from foundation import clock
from foundation.actors import Actor
from foundation.audit.services import record
from foundation.errors import Conflict, NotFound, Unprocessable
from foundation.identity.login import guards
from foundation.identity.login.second_factor import counted, note_change, settle_removal
from foundation.identity.models import Passkey, PasskeyChallenge, User
from foundation.identity.session_store import digest

ANSWERED_WITHIN = timedelta(minutes=10)
ASKED_FOR_MS = 120_000
MOST_KEYS, MOST_OPEN, LONGEST_ID = 10, 5, 1023
ALGORITHMS = (-8, -7, -257)  # EdDSA, ES256, RS256
_MALFORMED = (
    ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError, NotImplementedError, OverflowError,
    RecursionError, struct.error, UnsupportedAlgorithm,
)  # fmt: skip


class OnlyTouched(Unprocessable):
    """The right key, but it did not ask who touches it; staff need one that does."""

    default_code = "identity.passkey_only_touched"

    def __init__(self) -> None:
        super().__init__(
            detail="This key felt a touch and did not ask who you are. Set a PIN or a fingerprint on it, or use a "
            "phone or computer that asks for one, and try again."
        )


class Purpose(StrEnum):
    ADD = "add"
    SIGN_IN = "sign_in"
    CONFIRM = "confirm"


@dataclass(frozen=True, slots=True)
class Occasion:
    """In which session, and for what, a device is asked: no answer counts on another occasion."""

    user: User
    purpose: Purpose
    session_key: str


def has_passkey(user: User) -> bool:
    return Passkey.objects.filter(user=user, blocked_at=None).exists()


def list_passkeys(user: User) -> list[Passkey]:
    return list(Passkey.objects.filter(user=user))


def ask_to_add(occasion: Occasion) -> dict[str, Any]:
    """What the page hands to the device that shall make a key; it refuses where it holds one already."""
    user = occasion.user
    entity = PublicKeyCredentialUserEntity(name=user.email, id=user.pk.bytes, display_name=str(user))
    known = [_credential(key) for key in list_passkeys(user)]
    options, state = _server().register_begin(
        entity, known, resident_key_requirement=ResidentKeyRequirement.DISCOURAGED, user_verification=_presence_of(user)
    )
    _remember(occasion, state)
    return dict(options.public_key)


def ask_to_prove(occasion: Occasion) -> dict[str, Any]:
    """What the page hands to the device that shall sign."""
    options, state = _server().authenticate_begin(
        [_credential(key) for key in _usable(occasion.user)], user_verification=_presence_of(occasion.user)
    )
    _remember(occasion, state)
    return dict(options.public_key)


def add_passkey(occasion: Occasion, *, answer: str, name: str, by: Actor) -> Passkey:
    """Keep the public half of a key that a device made. Refuses a wrong answer, and more keys than anybody needs."""
    made = _made(occasion, answer)
    if made is None or made.credential_data is None:
        raise Unprocessable("identity.bad_passkey", "This key could not be added. Ask for it once more.")
    user = occasion.user
    try:
        with transaction.atomic():
            User.objects.select_for_update().get(pk=user.pk)
            if Passkey.objects.filter(user=user).count() >= MOST_KEYS:
                raise Conflict("identity.many_passkeys", f"{MOST_KEYS} passkeys are the most. Remove one first.")
            key = Passkey.objects.create(
                user=user,
                name=name.strip(),
                credential_id=made.credential_data.credential_id,
                credential=bytes(made.credential_data),
                sign_count=made.counter,
                has_verified=made.is_user_verified(),
            )
            note_change(user, "key_added", by=by, passkey=key.pk)
    except IntegrityError:
        raise Conflict("identity.passkey_taken", "This key is in use already.") from None
    return key


def prove_by_passkey(
    occasion: Occasion, *, answer: str, by: Actor, limit: guards.Limit = guards.CODE, who: str = ""
) -> Passkey | None:
    """The key that answered what was asked on this occasion; counted like codes, and TooMany like them."""
    return counted(
        lambda: _proven(occasion, answer, by), user=occasion.user, method="passkey", by=by, limit=limit, who=who
    )


def get_passkey(*, user: User, passkey_id: UUID) -> Passkey:
    """One of this person's keys; NotFound for another's."""
    key = Passkey.objects.filter(pk=passkey_id, user=user).first()
    if key is None:
        raise NotFound("identity.passkey_not_found")
    return key


def rename_passkey(*, user: User, passkey_id: UUID, name: str, by: Actor) -> None:
    with transaction.atomic():
        key = get_passkey(user=user, passkey_id=passkey_id)
        Passkey.objects.filter(pk=key.pk).update(name=name.strip())
        record("user.passkey_renamed", by=by, subject=user, passkey=key.pk)


def remove_passkey(*, user: User, passkey_id: UUID, by: Actor) -> None:
    """This key opens nothing any more. Refuses staff their last factor."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        get_passkey(user=user, passkey_id=passkey_id).delete()
        settle_removal(user, "key_removed", by=by, passkey=passkey_id)


def forget_unanswered() -> int:
    """Remove questions nobody answered in time; for a periodic job."""
    return PasskeyChallenge.objects.filter(expires_at__lte=clock.now()).delete()[0]


def _server() -> Fido2Server:
    home = urlsplit(settings.PUBLIC_URL)
    server = Fido2Server(
        PublicKeyCredentialRpEntity(name="FanzMoneyDash", id=home.hostname),
        verify_origin=lambda origin: origin == f"{home.scheme}://{home.netloc}",
    )
    server.timeout = ASKED_FOR_MS  # type: ignore[assignment]
    server.allowed_algorithms = [
        PublicKeyCredentialParameters(type=PublicKeyCredentialType.PUBLIC_KEY, alg=alg) for alg in ALGORITHMS
    ]
    return server


def _presence_of(user: User) -> UserVerificationRequirement:
    """Staff prove that it is them (finger, face, PIN), not only that somebody touched the key."""
    needed = UserVerificationRequirement
    return needed.REQUIRED if user.is_staff else needed.PREFERRED


def _usable(user: User) -> list[Passkey]:
    return list(Passkey.objects.filter(user=user, blocked_at=None))


def _credential(key: Passkey) -> AttestedCredentialData:
    return AttestedCredentialData(bytes(key.credential))


def _remember(occasion: Occasion, state: dict[str, Any]) -> None:
    """Of many questions in one session the newest few can be answered; nobody fills the table by asking."""
    asked = PasskeyChallenge.objects.filter(
        user=occasion.user, session_key=digest(occasion.session_key), purpose=occasion.purpose
    )
    newest = asked.order_by("-expires_at").values_list("pk", flat=True)
    asked.filter(pk__in=list(newest[MOST_OPEN - 1 :])).delete()
    PasskeyChallenge.objects.create(
        challenge=websafe_decode(state["challenge"]),
        session_key=digest(occasion.session_key),
        user=occasion.user,
        purpose=occasion.purpose,
        expires_at=clock.now() + ANSWERED_WITHIN,
    )


def _spend(occasion: Occasion, said: CollectedClientData) -> dict[str, Any]:
    """The state of the question this answers; whoever deletes the row is the only one who asked it."""
    asked = PasskeyChallenge.objects.filter(
        challenge=said.challenge,
        session_key=digest(occasion.session_key),
        user=occasion.user,
        purpose=occasion.purpose,
        expires_at__gt=clock.now(),
    )
    if not asked.delete()[0]:
        raise ValueError("nobody asked this here and now")
    if said.cross_origin:
        raise ValueError("asked from inside a page of others")
    return {"challenge": websafe_encode(said.challenge), "user_verification": UserVerificationRequirement.PREFERRED}


def _refuse_touch_alone(user: User, said: AuthenticatorData) -> None:
    """Asked of what the key signed, after all else: nobody learns from it who does not hold the key."""
    if user.is_staff and not said.is_user_verified():
        raise OnlyTouched()


def _made(occasion: Occasion, answer: str) -> AuthenticatorData | None:
    try:
        response = RegistrationResponse.from_dict(json.loads(answer))
        made = _server().register_complete(_spend(occasion, response.response.client_data), response)
        found = made.credential_data
        if found is None or found.credential_id != response.raw_id or found.public_key.ALGORITHM not in ALGORITHMS:
            return None
        if not 1 <= len(found.credential_id) <= LONGEST_ID:
            return None
    except _MALFORMED:
        return None
    _refuse_touch_alone(occasion.user, made)
    return made


def _proven(occasion: Occasion, answer: str, by: Actor) -> Passkey | None:
    usable = {bytes(key.credential_id): key for key in _usable(occasion.user)}
    try:
        response = AuthenticationResponse.from_dict(json.loads(answer))
        state = _spend(occasion, response.response.client_data)
        found = _server().authenticate_complete(state, [_credential(key) for key in usable.values()], response)
        said = response.response.authenticator_data
    except _MALFORMED:
        return None
    _refuse_touch_alone(occasion.user, said)
    key = usable[found.credential_id]
    return key if _count_use(key, said, by) else None


def _count_use(key: Passkey, said: AuthenticatorData, by: Actor) -> bool:
    """A device counts up with each signature, or not at all: a count that went back means there are two of it."""
    counter, has_verified = said.counter, key.has_verified or said.is_user_verified()
    at, alive = clock.now(), Passkey.objects.filter(pk=key.pk, blocked_at=None)
    went_up = Q(sign_count__lt=counter) | (Q(sign_count=0) if counter == 0 else Q(pk__in=[]))
    with transaction.atomic():
        if alive.filter(went_up).update(sign_count=counter, last_used_at=at, has_verified=has_verified):
            record("user.passkey_used", by=by, subject=key.user, passkey=key.pk)
            return True
        if alive.update(blocked_at=at):
            note_change(key.user, "key_blocked", by=by, passkey=key.pk, counted=counter, known=key.sign_count)
    return False
