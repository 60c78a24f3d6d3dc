from __future__ import annotations

from functools import cached_property
from uuid import UUID

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from foundation.http.admin_site import ReadOnlyAdmin
from foundation.identity.models import ApiClient, Platform
from foundation.requests.models import RequestLine
from foundation.requests.selectors import what_about

MOST = 10_000


class Newest(Paginator):
    """Pages through the newest lines; all of a month are never counted."""

    @cached_property
    def count(self) -> int:
        lines: QuerySet[RequestLine] = self.object_list[:MOST]  # type: ignore[assignment]
        return lines.count()


@admin.register(RequestLine)
class RequestLineAdmin(ReadOnlyAdmin):
    seen_by = ("admin", "support", "finance", "auditor")
    list_display = ("at", "method", "path", "status", "code", "milliseconds", "request_id", "books")
    search_fields = ("=request_id",)
    search_help_text = "A whole request id, or the id of a program"
    paginator = Newest

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[RequestLine], search_term: str
    ) -> tuple[QuerySet[RequestLine], bool]:
        """Only what an index answers."""
        if not (term := search_term.strip()):
            return queryset, False
        if program := _program(term):
            return queryset.filter(client_id=program), False
        platforms = list(Platform.objects.values_list("pk", flat=True))
        return queryset.filter(platform_id__in=platforms, request_id=term), False

    @admin.display(description="to the payment and its entries")
    def books(self, line: RequestLine) -> str:
        about = what_about(line)
        return (
            format_html('<a href="/ops/payments?q={}">{} …{}</a>', about[1], about[0], str(about[1])[-6:])
            if about
            else ""
        )


def _program(term: str) -> UUID | None:
    try:
        return ApiClient.objects.filter(pk=UUID(term)).values_list("pk", flat=True).first()
    except ValueError:
        return None
