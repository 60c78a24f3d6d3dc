from django.urls import path

from foundation.hooks.api import views

ENDPOINT = "webhooks/endpoints/<uuid:endpoint_id>"
DELIVERY = "webhooks/deliveries/<uuid:delivery_id>"
urlpatterns = [
    path("webhooks/topics", views.TopicsView.as_view(), name="hook-topics"),
    path("webhooks/endpoints", views.EndpointsView.as_view(), name="hook-endpoints"),
    path(ENDPOINT, views.EndpointView.as_view(), name="hook-endpoint"),
    path(f"{ENDPOINT}/secret", views.SecretView.as_view(), name="hook-endpoint-secret"),
    path(f"{ENDPOINT}/test", views.TestView.as_view(), name="hook-endpoint-test"),
    path(f"{ENDPOINT}/off", views.OffView.as_view(), name="hook-endpoint-off"),
    path(f"{ENDPOINT}/on", views.OnView.as_view(), name="hook-endpoint-on"),
    path(f"{ENDPOINT}/replay", views.ReplayFailedView.as_view(), name="hook-endpoint-replay"),
    path("webhooks/deliveries", views.DeliveriesView.as_view(), name="hook-deliveries"),
    path(DELIVERY, views.DeliveryView.as_view(), name="hook-delivery"),
    path(f"{DELIVERY}/replay", views.ReplayView.as_view(), name="hook-delivery-replay"),
]
