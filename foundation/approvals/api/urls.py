from django.urls import path

from foundation.approvals.api import views

urlpatterns = [
    path("approvals", views.ApprovalsView.as_view(), name="approvals"),
    path("approvals/<uuid:approval_id>", views.ApprovalView.as_view(), name="approval"),
    path("approvals/<uuid:approval_id>/approve", views.ApproveView.as_view(), name="approval-approve"),
    path("approvals/<uuid:approval_id>/reject", views.RejectView.as_view(), name="approval-reject"),
    path("approvals/<uuid:approval_id>/withdraw", views.WithdrawView.as_view(), name="approval-withdraw"),
]
