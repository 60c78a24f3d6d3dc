"""Platforms are data: a new one is a row."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import transaction

from foundation.actors import Actor
from foundation.audit.services import record
from foundation.errors import Conflict, Invalid, NotFound
from foundation.events import publish
from foundation.identity.events import PlatformAdded
from foundation.identity.models import Cluster, Platform


def add_platform(
    *, slug: str, name: str, cluster: str, by: Actor, at: datetime, cluster_name: str = "", is_sandbox: bool = False
) -> Platform:
    """Open a new platform. Refuses a slug in use, a malformed one, and a cluster that is not known."""
    try:
        validate_slug(slug)
    except ValidationError:
        raise Invalid("identity.bad_slug", "A slug is made of letters, digits, dashes and underscores.") from None
    with transaction.atomic():
        if cluster_name:
            Cluster.objects.get_or_create(slug=cluster, defaults={"name": cluster_name})
        if not Cluster.objects.filter(slug=cluster).exists():
            known = list(Cluster.objects.values_list("slug", flat=True))
            raise NotFound("identity.no_cluster", f"There is no cluster {cluster!r}.", known=known)
        platform, is_new = Platform.objects.get_or_create(
            slug=slug, defaults={"name": name, "cluster_id": cluster, "is_sandbox": is_sandbox, "active_from": at}
        )
        if not is_new:
            raise Conflict("identity.platform_exists", f"The platform {slug!r} exists already.")
        record("platform.added", by=by, subject=platform, platform_id=platform.pk, slug=slug, is_sandbox=is_sandbox)
        publish(PlatformAdded(platform.pk, slug, is_sandbox), key=platform)
    return platform
