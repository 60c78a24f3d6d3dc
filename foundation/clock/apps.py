from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db import connections
from django.db.models.signals import post_migrate


def rights_on_the_clock() -> str:
    """Where real people live not even a stolen application role moves the clock."""
    if settings.CLOCK_MAY_MOVE:
        return "GRANT INSERT, UPDATE, DELETE ON clock_offset TO fanz_app"
    return "REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON clock_offset FROM fanz_app"


def settle_rights(using: str = "default", **_: Any) -> None:
    """Each run of the migrations, which the owner makes, sees to it."""
    with connections[using].cursor() as cursor:
        if "clock_offset" in connections[using].introspection.table_names(cursor):
            cursor.execute(rights_on_the_clock())


class ClockConfig(AppConfig):
    name = "foundation.clock"
    label = "clock"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(settle_rights, sender=self)
