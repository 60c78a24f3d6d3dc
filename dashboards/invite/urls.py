from django.urls import path

from dashboards.invite import views

app_name = "invite"
urlpatterns = [path("<str:token>", views.invitation, name="page")]
