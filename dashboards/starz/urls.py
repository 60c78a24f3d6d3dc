from django.urls import path

from dashboards.homes.views import home

app_name = "starz"
urlpatterns = [path("", home, name="home")]
