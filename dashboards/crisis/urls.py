from django.urls import path

from dashboards.crisis import views

app_name = "crisis"
urlpatterns = [
    path("", views.switches, name="switches"),
    path("switches/<str:key>", views.switch, name="switch"),
]
