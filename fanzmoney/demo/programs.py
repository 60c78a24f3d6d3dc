"""The programs of the demo's platforms: their secrets lie in a file beside the demo's data, for the sandbox to use."""

from __future__ import annotations

import json
import os
from pathlib import Path

from fanzmoney.demo.people import DEMO, PASSWORD, email_of
from foundation import clock
from foundation.identity.models import ApiClient, Platform
from foundation.identity.roles import Role
from foundation.identity.scopes import Scope
from foundation.identity.services import FreshSecret, create_client, rotate_secret

NAME = "demo traffic"


def seed_platform_programs(*, are_secrets_kept: bool) -> dict[str, FreshSecret]:
    """One program per platform; fresh secrets for all when they are not kept, or when a platform came anew."""
    ApiClient.objects.filter(name=NAME).exclude(scopes=Scope.values).update(scopes=Scope.values)
    clients = {client.platform_id: client for client in ApiClient.objects.filter(name=NAME)}
    platforms = list(Platform.objects.all())
    if are_secrets_kept and len(clients) == len(platforms):
        return {}
    return {
        platform.slug: rotate_secret(client_id=clients[platform.pk].pk, by=DEMO, at=clock.now())
        if platform.pk in clients
        else create_client(platform=platform.slug, name=NAME, scopes=Scope.values, by=DEMO, at=clock.now())
        for platform in platforms
    }


def write_secrets(file: Path, secrets: dict[str, FreshSecret]) -> None:
    """Readable by this user alone, and whole or not there."""
    logins: dict[str, object] = {
        slug: {"client_id": str(made.client_id), "secret": made.secret} for slug, made in secrets.items()
    }
    logins["creators"] = [{"login": email_of(Role.CREATOR), "password": PASSWORD}]
    being_written = file.with_suffix(".new")
    with open(os.open(being_written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        json.dump(logins, out)
    being_written.replace(file)
