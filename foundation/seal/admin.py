from __future__ import annotations

from django.contrib import admin

from foundation.http.admin_site import ReadOnlyAdmin
from foundation.seal.models import SealBlock, SealCheck

READERS = ("auditor", "compliance", "legal", "admin")


@admin.register(SealBlock)
class SealBlockAdmin(ReadOnlyAdmin):
    seen_by = READERS
    list_display = ("source", "number", "epoch", "count", "last_id", "fingerprint", "sealed_at")
    list_filter = ("source", "epoch")
    search_fields = ("=number",)
    fields = ("source", "number", "epoch", "count", "last_id", "fingerprint", "sealed_at")

    @admin.display(description="hash")
    def fingerprint(self, block: SealBlock) -> str:
        return bytes(block.hash).hex()


@admin.register(SealCheck)
class SealCheckAdmin(ReadOnlyAdmin):
    seen_by = READERS
    list_display = ("source", "kind", "verified_to", "findings", "checked_at")
    list_filter = ("source", "kind")
