from django.urls import path

from dashboards.account import views

app_name = "account"
urlpatterns = [
    path("profile", views.profile, name="profile"),
    path("appearance", views.appearance, name="appearance"),
]
