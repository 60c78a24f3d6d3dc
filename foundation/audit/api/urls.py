from django.urls import path

from foundation.audit.api.views import RecordsView, RecordView

urlpatterns = [
    path("audit", RecordsView.as_view(), name="audit"),
    path("audit/<int:number>", RecordView.as_view(), name="audit-record"),
]
