from django.urls import path

from dashboards.homes.views import home
from dashboards.starz.methods import pages as methods
from dashboards.starz.statements import pages as statements

app_name = "starz"
METHODS = "settings/methods"
urlpatterns = [
    path("", home, name="home"),
    path("statements", statements.listing, name="statements"),
    path("statements/file", statements.taken, name="statement_file"),
    path(METHODS, methods.listing, name="methods"),
    path(f"{METHODS}/add", methods.add, name="method_add"),
    path(f"{METHODS}/<uuid:method_id>", methods.one, name="method"),
    path(f"{METHODS}/<uuid:method_id>/prefer", methods.prefer, name="method_prefer"),
    path(f"{METHODS}/<uuid:method_id>/remove", methods.remove, name="method_remove"),
    path(f"{METHODS}/<uuid:method_id>/disown", methods.disown, name="method_disown"),
]
