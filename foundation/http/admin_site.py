"""The back office: the stock admin, opened by role, without add, change or delete."""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig


class FanzAdminSite(AdminSite):
    site_header = site_title = "FanzMoneyDash"
    index_title = "Back office"


class FanzAdminConfig(AdminConfig):
    default_site = "foundation.http.admin_site.FanzAdminSite"
