"""Each audience's folder stands under its own name; the start, search and everybody's account stand at the root."""

from pathlib import Path

from django.urls import include, path

AT_THE_ROOT = {"start", "account", "search"}
AUDIENCES = sorted(found.parent.name for found in Path(__file__).parent.glob("*/urls.py"))

urlpatterns = [
    path("" if name in AT_THE_ROOT else f"{name}/", include(f"dashboards.{name}.urls")) for name in AUDIENCES
]
