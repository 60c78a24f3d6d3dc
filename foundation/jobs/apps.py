from importlib import import_module

from django.apps import AppConfig
from django.conf import settings


class JobsConfig(AppConfig):
    name = "foundation.jobs"
    label = "jobs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Whoever rings a doorbell, a page too, needs to know where the broker is."""
        import_module(settings.CELERY_APP)
