from django.apps import AppConfig


class FanzPayConfig(AppConfig):
    name = "products.fanzpay"
    label = "fanzpay"
