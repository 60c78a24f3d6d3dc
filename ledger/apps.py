from django.apps import AppConfig
from django.db import connection
from django.db.models.signals import post_migrate


def _make_partitions(**kwargs: object) -> None:
    """Every migrate, which only the owner runs, makes the months of the next two years."""
    if connection.introspection.table_names() and "ledger_transfer" in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute("SELECT ledger_make_partitions()")


class LedgerConfig(AppConfig):
    name = "ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(_make_partitions, sender=self)
