"""The API, room by room; everything here stands under /api/v1/ and has names that begin with `api:`."""

from django.urls import include, path

ROOMS = [
    "foundation.identity.api.urls",
    "foundation.approvals.api.urls",
    "foundation.audit.api.urls",
    "foundation.hooks.api.urls",
    "foundation.uploads.api.urls",
    "ledger.api.urls",
    "compliance.escalations.api.urls",
    "payouts.methods.api.urls",
    "payouts.statements.api.urls",
    "payouts.transparency.api.urls",
    "products.content.api.urls",
    "products.fanzpay.api.urls",
    "dashboards.live.api",
]

app_name = "api"
urlpatterns = [path("", include(room)) for room in ROOMS]
