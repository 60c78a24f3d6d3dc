from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class HttpConfig(AppConfig):
    name = "foundation.http"
    label = "http"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        autodiscover_modules("access", "registers")
