from django.urls import path

from payouts.transparency.api import for_platforms, views

ONE, CREATOR = "payouts/<uuid:payout_id>", "creators/<str:external_id>"
urlpatterns = [
    path("payouts", views.PayoutsView.as_view(), name="payouts"),
    path("payouts/status", views.PayoutStatusView.as_view(), name="payout-status"),
    path("payouts/preview", views.PayoutPreviewView.as_view(), name="payout-preview"),
    path(ONE, views.PayoutView.as_view(), name="payout"),
    path(f"{ONE}/cancel", views.PayoutCancelView.as_view(), name="payout-cancel"),
    path(f"{ONE}/method", views.PayoutMethodView.as_view(), name="payout-method-choice"),
    path("freezes", views.FreezesView.as_view(), name="freezes"),
    path(f"{CREATOR}/payouts", for_platforms.CreatorPayoutsView.as_view(), name="creator-payouts"),
    path(f"{CREATOR}/payout-status", for_platforms.CreatorPayoutStatusView.as_view(), name="creator-payout-status"),
]
