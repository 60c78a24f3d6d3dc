"""A platform's programs: made with a secret that is shown once and stored as its hash."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from foundation.actors import Actor
from foundation.audit.services import record
from foundation.errors import Conflict, Invalid, NotFound
from foundation.events import publish
from foundation.identity.events import ApiClientChanged
from foundation.identity.models import ApiClient, Platform
from foundation.identity.scopes import Scope

_NOBODY = hashlib.sha256(b"a secret that no client has").digest()
_USED_AGAIN_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class FreshSecret:
    """A client and its secret, which nobody can show a second time."""

    client_id: UUID
    secret: str


def create_client(*, platform: str, name: str, scopes: Iterable[str], by: Actor, at: datetime) -> FreshSecret:
    """A new program of this platform. Refuses unknown platforms, unknown scopes, none at all, a name in use."""
    wanted = _known_scopes(scopes)
    name = name.strip()
    if not 0 < len(name) <= 80:
        raise Invalid("identity.client_name", "A name of 1 to 80 characters is needed.")
    with transaction.atomic():
        home = Platform.objects.filter(slug=platform).select_for_update().first()
        if home is None:
            raise NotFound("identity.platform_not_found", "There is no such platform.", platform=platform)
        if ApiClient.objects.filter(platform=home, name=name).exists():
            raise Conflict("identity.client_exists", "This platform has a client of that name.", name=name)
        secret = _secret(home)
        client = ApiClient(platform=home, name=name, scopes=wanted, secret_hash=_hash(secret), created_at=at)
        client.save(force_insert=True)
        _tell(client, "created", by)
    return FreshSecret(client.pk, secret)


def rotate_secret(*, client_id: UUID, by: Actor, at: datetime) -> FreshSecret:
    """A new secret; the old one ends at once, tokens bought with it within five minutes."""
    with transaction.atomic():
        client = _active(client_id, at)
        secret = _secret(client.platform)
        client.secret_hash, client.version = _hash(secret), client.version + 1
        client.save(update_fields=["secret_hash", "version"])
        _tell(client, "rotated", by)
    return FreshSecret(client.pk, secret)


def revoke_client(*, client_id: UUID, by: Actor, at: datetime) -> ApiClient:
    """The client gets no more tokens. Refuses one that is already revoked."""
    with transaction.atomic():
        client = _active(client_id, at)
        client.active_until, client.version = at, client.version + 1
        client.save(update_fields=["active_until", "version"])
        _tell(client, "revoked", by)
    return client


def authenticate_client(*, client_id: str, secret: str, at: datetime) -> ApiClient | None:
    """The client of this id and secret, if it and its platform are active; wrong ids cost what wrong secrets cost."""
    client = _find(client_id, at)
    expected = bytes(client.secret_hash) if client else _NOBODY
    if not hmac.compare_digest(expected, _hash(secret)) or client is None:
        return None
    ApiClient.objects.filter(pk=client.pk).filter(
        Q(last_used_at=None) | Q(last_used_at__lt=at - _USED_AGAIN_AFTER)
    ).update(last_used_at=at)
    return client


def _find(client_id: str, at: datetime) -> ApiClient | None:
    try:
        wanted = UUID(client_id)
    except ValueError:
        return None
    return (
        ApiClient.objects.select_related("platform")
        .filter(Q(active_until=None) | Q(active_until__gt=at), pk=wanted, platform__active_from__lte=at)
        .filter(Q(platform__active_until=None) | Q(platform__active_until__gt=at))
        .first()
    )


def _active(client_id: UUID, at: datetime) -> ApiClient:
    client = ApiClient.objects.locked(client_id)
    if client.active_until is not None and client.active_until <= at:
        raise Conflict("identity.client_revoked", "This client is revoked.")
    return client


def _known_scopes(scopes: Iterable[str]) -> list[str]:
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in Scope.values]
    if unknown or not wanted:
        raise Invalid("identity.unknown_scope", "Name scopes from the list.", unknown=unknown, known=Scope.values)
    return wanted


def _secret(platform: Platform) -> str:
    return f"sk_{'test' if platform.is_sandbox else 'live'}_{secrets.token_urlsafe(32)}"


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _tell(client: ApiClient, what: str, by: Actor) -> None:
    record(f"api_client.{what}", by=by, subject=client, name=client.name, scopes=client.scopes)
    publish(ApiClientChanged(client.pk, client.platform_id, what), key=client)
