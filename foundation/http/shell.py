"""What every page's frame needs to know."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, Any]:
    return {
        "environment": settings.ENVIRONMENT,
        "request_id": getattr(request, "request_id", ""),
    }
