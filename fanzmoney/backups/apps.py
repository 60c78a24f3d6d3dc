from django.apps import AppConfig, apps
from django.core.management.base import CommandError
from django.db import connections
from django.db.models.signals import pre_migrate

from foundation.errors import Conflict


def _refuse(*, using: str, **_: object) -> None:
    from fanzmoney.backups.half import refuse_half_restored

    with connections[using].cursor() as cursor:
        try:
            refuse_half_restored(cursor)
        except Conflict as refusal:
            raise CommandError(refusal.detail) from refusal


class BackupsConfig(AppConfig):
    name = "fanzmoney.backups"
    label = "backups"

    def ready(self) -> None:
        pre_migrate.connect(_refuse, sender=apps.get_app_config("identity"))  # one of those that have tables
