"""How a person likes things; nothing here opens or closes anything."""

from __future__ import annotations

import zoneinfo
from uuid import UUID

from django.db import transaction

from foundation.errors import Invalid
from foundation.identity.models import User


def choose_time_zone(*, user_id: UUID, zone: str) -> None:
    """Show this person's pages in their zone. Refuses a zone nobody knows (`identity.unknown_zone`)."""
    if zone not in zoneinfo.available_timezones():
        raise Invalid("identity.unknown_zone", "There is no such time zone.", zone=zone)
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user_id)
        user.preferences = {**user.preferences, "zone": zone}
        user.save(update_fields=["preferences"])
