from django.urls import path

from products.fanzpay.api import views

urlpatterns = [
    path("payments", views.PaymentsView.as_view(), name="payments"),
    path("payments/<uuid:payment_id>", views.OnePaymentView.as_view(), name="payment"),
    path("payments/<uuid:payment_id>/cancel", views.CancelView.as_view(), name="payment-cancel"),
    path("payments/<uuid:payment_id>/void", views.VoidView.as_view(), name="payment-void"),
    path("refunds", views.RefundsView.as_view(), name="refunds"),
    path("refunds/<uuid:refund_id>", views.OneRefundView.as_view(), name="refund"),
    path("subscriptions", views.SubscriptionsView.as_view(), name="subscriptions"),
    path("subscriptions/<uuid:subscription_id>", views.OneSubscriptionView.as_view(), name="subscription"),
    path(
        "subscriptions/<uuid:subscription_id>/cancel",
        views.SubscriptionCancelView.as_view(),
        name="subscription-cancel",
    ),
    path("instruments", views.InstrumentsView.as_view(), name="instruments"),
    path("instruments/<uuid:instrument_id>", views.InstrumentView.as_view(), name="instrument"),
]
