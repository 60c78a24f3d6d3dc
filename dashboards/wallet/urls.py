from django.urls import path

from dashboards.homes.views import home

app_name = "wallet"
urlpatterns = [path("", home, name="home")]
