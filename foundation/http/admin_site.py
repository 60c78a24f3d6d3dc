"""The back office: the stock admin, opened by role, without add, change or delete; changes are actions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from foundation.audit.services import record_read
from foundation.errors import NotFound
from foundation.identity.actors import actor_of
from foundation.identity.roles import STAFF_ROLES


class FanzAdminSite(admin.AdminSite):
    site_header = site_title = "FanzMoneyDash"
    index_title = "Back office"
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_authenticated and request.user.is_staff)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect("/login?next=/admin/")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        return redirect("account_change_password")

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """Nothing is chosen in forms here, and people are listed where the listing is written down."""
        raise NotFound()


class ReadOnlyAdmin(admin.ModelAdmin):
    """Base of every admin page here: seen by some roles, written by none."""

    seen_by: Iterable[str] = STAFF_ROLES
    shows_people = False
    list_per_page = 50
    show_full_result_count = False
    actions_selection_counter = True
    list_select_related: ClassVar[bool | list[str] | tuple[str, ...]] = True

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return not request.user.role_names.isdisjoint(map(str, self.seen_by))  # type: ignore[union-attr]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only the filters a list offers: by any other it would tell what its hidden columns hold."""
        offered = [entry[0] if isinstance(entry, tuple) else entry for entry in self.get_list_filter(request)]
        names = [getattr(entry, "parameter_name", entry) for entry in offered]
        return super().lookup_allowed(lookup, value, request) and any(
            lookup == name or lookup.startswith(f"{name}__") for name in names
        )

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        listed = getattr(response, "context_data", None) or {}
        if self.shows_people and "cl" in listed:
            self._record_reading(request, subjects=len(listed["cl"].result_list))
        return response

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().change_view(request, object_id, form_url, extra_context)
        if self.shows_people and response.status_code == 200:
            self._record_reading(request, subjects=1, object_id=object_id)
        return response

    def _record_reading(self, request: HttpRequest, *, subjects: int, **query: str) -> None:
        asked = {key: request.GET.getlist(key) for key in request.GET if key != SEARCH_VAR}
        words = {SEARCH_VAR: request.GET.getlist(SEARCH_VAR)} if SEARCH_VAR in request.GET else {}
        record_read(
            f"admin.{self.opts.model_name}.read",
            by=actor_of(request),
            query={**asked, **query},
            subjects=subjects,
            personal=words,  # a name or an address: it stands apart, where it can be erased
        )
