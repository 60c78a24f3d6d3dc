from django.urls import path

from products.content.api import views

urlpatterns = [
    path("content", views.ContentView.as_view(), name="content"),
    path("content/<str:external_id>", views.ContentOneView.as_view(), name="content-one"),
    path("content-accesses", views.AccessesView.as_view(), name="content-accesses"),
    path("content-accesses/<uuid:access_id>", views.AccessView.as_view(), name="content-access"),
    path("content-actions", views.ActionsView.as_view(), name="content-actions"),
]
