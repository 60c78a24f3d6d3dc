from django.apps import AppConfig


class SwitchesConfig(AppConfig):
    name = "foundation.switches"
    label = "switches"
    default_auto_field = "django.db.models.BigAutoField"
