from django.apps import AppConfig


class BackupsConfig(AppConfig):
    name = "fanzmoney.backups"
    label = "backups"
