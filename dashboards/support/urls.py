from django.urls import path

from dashboards.homes.views import home

app_name = "support"
urlpatterns = [path("", home, name="home")]
