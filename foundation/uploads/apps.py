from django.apps import AppConfig


class UploadsConfig(AppConfig):
    name = "foundation.uploads"
    label = "uploads"
