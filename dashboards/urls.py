from django.urls import include, path

from dashboards.audiences import AUDIENCES

urlpatterns = [
    path("" if audience == "start" else f"{audience}/", include(f"dashboards.{audience}.urls"))
    for audience in AUDIENCES
]
