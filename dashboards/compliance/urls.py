from django.urls import path

from dashboards.homes.views import home

app_name = "compliance"
urlpatterns = [path("", home, name="home")]
