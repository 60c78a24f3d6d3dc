"""The API's own pages: the schema, two readers of it, and what each kind of refusal means."""

from __future__ import annotations

import functools
import inspect
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer

from foundation.errors import Refusal
from foundation.http.middleware import CSP

# What Redoc writes into the page: empty style elements that a script fills, and the styles of its scroll bar.
REDOC_STYLES = (
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
    "'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='",
)
OPENAPI_JSON = "application/vnd.oai.openapi+json"
SIDECAR = "drf_spectacular_sidecar"


def schema(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document; the same for all, and made once in each process."""
    return HttpResponse(schema_text(), content_type=OPENAPI_JSON)


@functools.cache
def schema_text() -> bytes:
    """The OpenAPI document as it is told."""
    document = SchemaGenerator().get_schema(request=None, public=True)
    return OpenApiJsonRenderer().render(document)


def swagger(request: HttpRequest) -> HttpResponse:
    return render(request, "api/swagger.html", {"sidecar": f"{SIDECAR}/swagger-ui-dist"})


def redoc(request: HttpRequest) -> HttpResponse:
    response = render(request, "api/redoc.html", {"sidecar": f"{SIDECAR}/redoc"})
    response.headers["Content-Security-Policy"] = CSP.replace(
        "style-src 'self'", " ".join(("style-src 'self'", *REDOC_STYLES))
    )
    return response


def problems(request: HttpRequest) -> HttpResponse:
    return render(request, "api/problems.html", {"kinds": kinds_of_refusal()})


def kinds_of_refusal() -> list[dict[str, Any]]:
    """Every kind of refusal in the house, by status."""
    kinds = {kind.default_code: kind for kind in _below(Refusal)}
    return [
        {
            "code": code,
            "status": kind.status,
            "title": kind.title,
            "meaning": inspect.cleandoc(kind.__dict__.get("__doc__") or ""),
            "is_retryable": kind.retryable,
        }
        for code, kind in sorted(kinds.items(), key=lambda pair: (pair[1].status, pair[0]))
    ]


def _below(kind: type[Refusal]) -> list[type[Refusal]]:
    return [found for child in kind.__subclasses__() for found in (child, *_below(child))]
