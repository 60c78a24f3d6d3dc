from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.module_loading import autodiscover_modules


class HttpConfig(AppConfig):
    name = "foundation.http"
    label = "http"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        autodiscover_modules("access", "registers")


class FanzAdminConfig(AdminConfig):
    default_site = "foundation.http.admin_site.FanzAdminSite"
