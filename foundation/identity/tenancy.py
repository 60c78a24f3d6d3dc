"""The second wall between platforms: inside, the database itself shows one platform's rows and no others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection, transaction

from foundation.actors import Actor, ActorKind

TENANT_ROLE = "fanz_tenant"
_BECOME = "SELECT set_config('role', %s, true), set_config('app.platform', %s, true)"


@contextmanager
def as_platform(platform_id: UUID) -> Iterator[None]:
    """One transaction in which only this platform's rows can be read or written.

    Both settings end with the transaction (a rollback undoes them too), so a pooled connection never carries them on;
    inside a larger one they are taken back at the end.
    """
    is_part_of_another = connection.in_atomic_block
    with transaction.atomic():
        _become(TENANT_ROLE, str(platform_id))
        yield
        if is_part_of_another:
            _become("none", "")


@contextmanager
def transaction_for(actor: Actor) -> Iterator[None]:
    """The transaction in which a request of this caller does its work: a program's only sees its platform."""
    if actor.kind is ActorKind.CLIENT:
        if actor.platform_id is None:
            raise RuntimeError("a program belongs to a platform")
        with as_platform(actor.platform_id):
            yield
    else:
        with transaction.atomic():
            yield


def _become(role: str, platform: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_BECOME, [role, platform])
