"""Our accounts with providers and the names of platforms: read once a second, asked at every charge."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from foundation import clock
from foundation.identity.models import Platform
from foundation.nearby import CannotBeRead, Nearby
from processors.gateways.base import gateways
from processors.gateways.types import Merchant
from processors.payments.errors import refusal
from processors.payments.models import MerchantAccount
from processors.payments.rules.routing import Way

SECRETS_OF = "secrets_of"
SETTLES_AFTER = "settles_after_days"
NAMED = "coins"
"""The setting of an account that lists the coins a buyer has to choose from."""


@dataclass(frozen=True, slots=True)
class Directory:
    ways: Mapping[str, Way]
    settings: Mapping[str, Mapping[str, Any]]
    slugs: Mapping[UUID, str]


def _load() -> Directory:
    accounts = MerchantAccount.objects.prefetch_related("platforms")
    ways = {
        account.slug: Way(
            slug=account.slug,
            provider=account.provider,
            rank=account.rank,
            is_open=account.is_open,
            currencies=frozenset(account.currencies),
            platforms=frozenset(platform.pk for platform in account.platforms.all()),
            coins=frozenset(account.settings.get(NAMED, ())),
        )
        for account in accounts
    }
    return Directory(
        ways,
        {account.slug: account.settings for account in accounts},
        dict(Platform.objects.order_by().values_list("pk", "slug")),
    )


nearby: Nearby[Directory] = Nearby(_load)


def directory() -> Directory:
    try:
        return nearby.get()
    except CannotBeRead:
        raise refusal("payments.no_way") from None


def merchant(slug: str) -> Merchant:
    """An account of ours with its settings and secrets; Unavailable when it is not set up.

    Secrets lie under the account's slug, or else under the name its settings say, or the provider's.
    """
    known = directory()
    if slug not in known.ways:
        raise refusal("payments.no_merchant", merchant=slug)
    provider, secrets = known.ways[slug].provider, _secrets()
    kept = secrets.get(slug) or secrets.get(str(known.settings[slug].get(SECRETS_OF, provider)), {})
    newest, older = {}, {}
    for name, value in kept.items():
        values = [value] if isinstance(value, str) else list(value)
        newest[name], older[name] = values[0], still_valid(values[1:])
    return Merchant(
        slug=slug,
        provider=provider,
        settings=known.settings[slug],
        secrets=newest,
        older_secrets={name: values for name, values in older.items() if values},
    )


def still_valid(replaced: Iterable[Any]) -> tuple[str, ...]:
    """Of secrets that were replaced those that still verify: a text for ever, `{"value", "until"}` before that time."""
    return tuple(
        one if isinstance(one, str) else str(one["value"])
        for one in replaced
        if isinstance(one, str) or clock.now() < _moment(one["until"])
    )


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def settlement_days() -> Mapping[str, int]:
    """After how many days money taken through each account of ours is there: its setting, or its provider's habit."""
    known = directory()
    days = {}
    for slug, way in known.ways.items():
        said = known.settings[slug].get(SETTLES_AFTER)
        habit = gateways[way.provider].capabilities.settles_after_days if way.provider in gateways else None
        if said is not None or habit is not None:
            days[slug] = int(said if said is not None else habit or 0)
    return days


def merchants_of(provider: str) -> list[Merchant]:
    """All our accounts with a provider, the preferred one first."""
    ways = sorted(directory().ways.values(), key=lambda way: (way.rank, way.slug))
    return [merchant(way.slug) for way in ways if way.provider == provider]


def _secrets() -> Mapping[str, Mapping[str, Any]]:
    """What lies in GATEWAYS_FILE, read again when it was written again."""
    if not settings.GATEWAYS_FILE:
        return {}
    file = Path(settings.GATEWAYS_FILE)
    return _read(file, file.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _read(file: Path, written_at: int) -> Mapping[str, Mapping[str, Any]]:
    return dict(json.loads(file.read_text()))
