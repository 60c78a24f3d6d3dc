from django.urls import path

from dashboards.ops import webhooks
from dashboards.ops.payments import acts, listing, one, outcome

urlpatterns = [
    path("payments", listing.payments, name="payments"),
    path("payments.<str:form>", listing.export, name="payments_export"),
    path("payments/review", listing.review, name="payments_review"),
    path("payments/<uuid:payment_id>", one.payment, name="payment"),
    path("payments/<uuid:payment_id>/refund", acts.refund, name="payment_refund"),
    path("payments/<uuid:payment_id>/void", acts.void, name="payment_void"),
    path("payments/<uuid:payment_id>/cancel", acts.cancel, name="payment_cancel"),
    path("payments/<uuid:payment_id>/ask", acts.ask, name="payment_ask"),
    path("payments/<uuid:payment_id>/outcome", outcome.payment, name="payment_outcome"),
    path("refunds/<uuid:refund_id>/outcome", outcome.refund, name="refund_outcome"),
    path("refunds/<uuid:refund_id>/settle", acts.settle, name="refund_settle"),
    path("refunds/<uuid:refund_id>/ask", acts.ask_about_refund, name="refund_ask"),
    path("webhooks", webhooks.webhooks, name="webhooks"),
    path("webhooks/calls/<uuid:call_id>", webhooks.call, name="webhook_call"),
    path("webhooks/calls/<uuid:call_id>/replay", webhooks.read_again, name="webhook_call_replay"),
    path("webhooks/<uuid:told_id>/replay", webhooks.replay, name="webhook_replay"),
]
