from django.urls import path

from dashboards.handoff import views

app_name = "handoff"
urlpatterns = [path("<str:token>", views.handoff, name="page")]
