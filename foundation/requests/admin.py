from __future__ import annotations

from django.contrib import admin
from django.utils.html import format_html

from foundation.http.admin_site import ReadOnlyAdmin
from foundation.requests.models import RequestLine
from foundation.requests.selectors import what_about


@admin.register(RequestLine)
class RequestLineAdmin(ReadOnlyAdmin):
    seen_by = ("admin", "support", "finance", "auditor")
    list_display = ("at", "method", "path", "status", "code", "milliseconds", "request_id", "books")
    search_fields = ("=request_id", "=client_id")

    @admin.display(description="to the payment and its entries")
    def books(self, line: RequestLine) -> str:
        about = what_about(line)
        return (
            format_html('<a href="/ops/payments?q={}">{} …{}</a>', about[1], about[0], str(about[1])[-6:])
            if about
            else ""
        )
