from django.contrib import admin
from django.urls import include, path

from fanzmoney import access  # noqa: F401 - declares the rows of the addresses below
from foundation.http import docs, health
from foundation.identity.api.token import key_set

handler400 = "foundation.http.refusals.bad_request"
handler403 = "foundation.http.refusals.forbidden"
handler404 = "foundation.http.refusals.not_found"
handler500 = "foundation.http.refusals.failed"

urlpatterns = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("admin/", admin.site.urls),
    path("api/v1/", include("fanzmoney.api_urls")),
    path("api/schema/", docs.schema, name="schema"),
    path("api/docs/", docs.swagger, name="docs"),
    path("api/docs/problems", docs.problems, name="problems"),
    path("api/redoc/", docs.redoc, name="redoc"),
    path(".well-known/jwks.json", key_set, name="key-set"),
    path("webhooks/", include("processors.webhooks.urls")),
    path("", include("dashboards.urls")),
]
