from django.urls import path

from dashboards.start import views

app_name = "start"
urlpatterns = [path("", views.start, name="page")]
