from django.urls import path

from dashboards.developers import delivery, endpoint, guide, home, keys, pages, payments, requests, webhooks

app_name = "developers"
ONE = "webhooks/<uuid:endpoint_id>"
DELIVERY = "webhooks/deliveries/<uuid:delivery_id>"
urlpatterns = [
    path("", home.home, name="home"),
    path("keys", keys.keys, name="keys"),
    path("keys/<uuid:client_id>", keys.act, name="key"),
    path("webhooks", webhooks.webhooks, name="webhooks"),
    path(ONE, endpoint.one, name="webhook"),
    path(f"{ONE}/change", endpoint.change, name="webhook_change"),
    path(f"{ONE}/secret", endpoint.secret, name="webhook_secret"),
    path(f"{ONE}/test", endpoint.test, name="webhook_test"),
    path(f"{ONE}/off", endpoint.off, name="webhook_off"),
    path(f"{ONE}/on", endpoint.on, name="webhook_on"),
    path(f"{ONE}/replay", endpoint.replay, name="webhook_replay"),
    path(f"{ONE}/remove", endpoint.remove, name="webhook_remove"),
    path(f"{ONE}/deliveries.csv", endpoint.deliveries_file, name="deliveries_file"),
    path(DELIVERY, delivery.delivery, name="delivery"),
    path(f"{DELIVERY}/replay", delivery.replay, name="delivery_replay"),
    path("requests", requests.requests, name="requests"),
    path("requests.csv", requests.requests_file, name="requests_file"),
    path("requests/<int:number>", requests.one, name="request"),
    path("payments/<uuid:payment_id>", payments.payment, name="payment"),
    path("subscriptions/<uuid:subscription_id>", payments.subscription, name="subscription"),
    path("guide", guide.guide, name="guide"),
    path("events", pages.events, name="events"),
    path("sandbox", pages.sandbox, name="sandbox"),
    path("changelog", pages.changelog, name="changelog"),
]
