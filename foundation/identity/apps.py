from django.apps import AppConfig
from django.db.models.signals import post_migrate


def _prepare_key_store(**kwargs: object) -> None:
    from foundation.identity.keys import prepare_store

    prepare_store()


class IdentityConfig(AppConfig):
    name = "foundation.identity"
    label = "identity"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from foundation.identity.login import receivers  # noqa: F401

        post_migrate.connect(_prepare_key_store, sender=self)
