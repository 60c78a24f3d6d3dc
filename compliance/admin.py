from __future__ import annotations

from django.contrib import admin

from compliance.models import (
    Escalation,
    EscalationAction,
    SanctionsClearance,
    SanctionsEntry,
    SanctionsList,
    TaxDocument,
    TaxProfile,
    TaxWithheld,
)
from foundation.http.admin_site import ReadOnlyAdmin
from foundation.identity.roles import Role


class ComplianceAdmin(ReadOnlyAdmin):
    seen_by = (Role.ADMIN, Role.COMPLIANCE, Role.LEGAL, Role.FINANCE)


@admin.register(Escalation)
class EscalationAdmin(ComplianceAdmin):
    list_display = ("id", "type", "severity", "department", "state", "assigned_to", "opened_at", "due_at", "decision")
    list_filter = ("state", "severity", "department", "type", "decision")
    search_fields = ("=id", "=creator__id", "=source")
    exclude = ("news_seq",)


@admin.register(EscalationAction)
class EscalationActionAdmin(ComplianceAdmin):
    list_display = ("id", "escalation_id", "action", "actor", "at")
    list_filter = ("action",)
    search_fields = ("=escalation__id",)


class ListAdmin(ReadOnlyAdmin):
    seen_by = (Role.COMPLIANCE, Role.LEGAL, Role.ADMIN)


@admin.register(SanctionsList)
class SanctionsListAdmin(ListAdmin):
    list_display = ("name", "id", "entries", "is_current", "imported_by", "imported_at")
    list_filter = ("name", "is_current")
    exclude = ("news_seq", "sha256")


@admin.register(SanctionsEntry)
class SanctionsEntryAdmin(ListAdmin):
    list_display = ("entry_key", "list", "kind", "names", "born", "countries")
    list_filter = ("kind", "list__name")
    search_fields = ("=entry_key",)


@admin.register(SanctionsClearance)
class SanctionsClearanceAdmin(ListAdmin):
    list_display = ("party_id", "list_name", "entry_key", "escalation_id", "cleared_by", "cleared_at")
    search_fields = ("=party__id", "=entry_key")


class TaxAdmin(ReadOnlyAdmin):
    seen_by = (Role.COMPLIANCE, Role.LEGAL, Role.FINANCE, Role.AUDITOR, Role.ADMIN)


@admin.register(TaxProfile)
class TaxProfileAdmin(TaxAdmin):
    list_display = ("party_id", "number", "form", "country", "treaty_country", "us_percent", "signed_at", "expires_on")
    list_filter = ("form", "country")
    search_fields = ("=id", "=party__id")
    exclude = ("sealed", "tin_fingerprint")


@admin.register(TaxWithheld)
class TaxWithheldAdmin(TaxAdmin):
    list_display = ("payout_id", "scheme", "base_minor", "withheld_minor", "currency", "points", "at", "given_back_at")
    list_filter = ("scheme", "currency")
    search_fields = ("=payout_id", "=party__id")


@admin.register(TaxDocument)
class TaxDocumentAdmin(TaxAdmin):
    list_display = ("party_id", "year", "kind", "number", "made_at", "made_by")
    list_filter = ("year", "kind")
    search_fields = ("=id", "=party__id")
