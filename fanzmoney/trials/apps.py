from django.apps import AppConfig


class TrialsConfig(AppConfig):
    name = "fanzmoney.trials"
    label = "trials"
