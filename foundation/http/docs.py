"""The API's own pages: the schema, two readers of it, and what each kind of refusal means."""

from __future__ import annotations

import inspect
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.negotiation import DefaultContentNegotiation

from foundation.errors import Refusal
from foundation.http.middleware import CSP

# What Redoc writes into the page: empty style elements that a script fills, and the styles of its scroll bar.
REDOC_STYLES = (
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
    "'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='",
)
SIDECAR = "drf_spectacular_sidecar"


class SchemaView(SpectacularJSONAPIView):
    content_negotiation_class = DefaultContentNegotiation


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
