from django.urls import path

from foundation.uploads.api import views

urlpatterns = [
    path("uploads", views.UploadsView.as_view(), name="uploads"),
    path("uploads/<uuid:upload_id>", views.UploadView.as_view(), name="upload"),
    path("uploads/<uuid:upload_id>/content", views.ContentView.as_view(), name="upload-content"),
]
