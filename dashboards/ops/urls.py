from django.urls import path

from dashboards.homes.views import home

app_name = "ops"
urlpatterns = [path("", home, name="home")]
