from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules


class HttpConfig(AppConfig):
    name = "foundation.http"
    label = "http"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from foundation.http import checks, partitions  # noqa: F401  the checks register themselves

        autodiscover_modules("access", "registers")
        post_migrate.connect(partitions.make_partitions, sender=self)


class FanzAdminConfig(AdminConfig):
    default_site = "foundation.http.admin_site.FanzAdminSite"
