"""What every page's frame needs to know, also when nothing else works."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

CHOICES = {"theme": {"light", "dark"}, "density": {"compact"}, "keys": {"off"}}


class Frame:
    """Environment, request id and the appearance a person chose; asks nothing of the database."""

    status_url = ""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        # A page that reads itself again needs only what may have changed.
        self.skeleton = "live.html" if "X-Live" in request.headers else "skeleton.html"
        self.environment = "LIVE" if settings.IS_PRODUCTION else "SANDBOX"
        self.inbox_url: str = settings.SANDBOX_MAIL_URL
        self.request_id: str = getattr(request, "request_id", "")
        self.theme, self.density, self.keys = (self._chosen(name) for name in CHOICES)

    def _chosen(self, name: str) -> str:
        value = self.request.COOKIES.get(f"fanz_{name}", "")
        return value if value in CHOICES[name] else ""
