"""One place where a refusal becomes an answer: a problem document for programs, a page for people."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from foundation.errors import Invalid, Refusal

PROBLEM_JSON = "application/problem+json"


def problem(refusal: Refusal, *, instance: str, request_id: str) -> dict[str, Any]:
    """RFC 9457, with the code, the facts, and whether trying again makes sense."""
    document: dict[str, Any] = {
        "type": f"{settings.PUBLIC_URL}/api/docs/#{refusal.code}",
        "title": refusal.title,
        "status": refusal.status,
        "detail": refusal.detail,
        "instance": instance,
        "code": refusal.code,
        "request_id": request_id,
        "retryable": refusal.retryable,
        "errors": refusal.errors if isinstance(refusal, Invalid) else [],
    }
    if refusal.facts:
        document["facts"] = refusal.facts
    return document


def wants_problem(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def refuse(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    request_id = getattr(request, "request_id", "")
    if wants_problem(request):
        body = json.dumps(problem(refusal, instance=request.path, request_id=request_id), default=str)
        response = HttpResponse(body, status=refusal.status, content_type=PROBLEM_JSON)
    else:
        page = render_to_string("refused.html", {"refusal": refusal, "request_id": request_id}, request)
        response = HttpResponse(page, status=refusal.status)
    if refusal.status == 405:
        response.headers["Allow"] = ", ".join(refusal.facts.get("allowed", []))
    if "retry_after" in refusal.facts:
        response.headers["Retry-After"] = str(refusal.facts["retry_after"])
    return response
