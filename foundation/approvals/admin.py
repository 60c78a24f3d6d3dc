from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from foundation import clock
from foundation.approvals.models import Approval, ApprovalDecision, ApprovalPolicy
from foundation.approvals.services import approve, reject
from foundation.approvals.states import State
from foundation.errors import Refusal
from foundation.http.admin_site import ReadOnlyAdmin
from foundation.identity.actors import actor_of

DECIDED_HERE = "Decided in the back office"
SAID = {
    State.PENDING: "agreed; it still takes another person",
    State.APPLIED: "approved, and the change was made",
    State.FAILED: "approved, but the world had moved on: nothing was changed",
    State.REJECTED: "refused; nothing was changed",
}


@admin.register(ApprovalPolicy)
class ApprovalPolicyAdmin(ReadOnlyAdmin):
    list_display = ("kind", "about", "deciding_roles", "approvers", "sla_hours", "expiry_hours")
    search_fields = ("kind", "about")


class DecisionInline(admin.TabularInline):
    model = ApprovalDecision
    fields = ("decider", "verdict", "reason", "at")
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True


@admin.register(Approval)
class ApprovalAdmin(ReadOnlyAdmin):
    list_display = ("title", "state", "policy", "requester", "amount", "due_at", "requested_at")
    list_filter = ("state", "policy")
    search_fields = ("=id", "title", "=subject_id", "=requester")
    exclude = ("news_seq", "overdue_told_at")
    inlines = (DecisionInline,)
    actions = ("approve", "reject")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Approval]:
        return Approval.objects.visible_to(actor_of(request)).select_related("policy")

    @admin.action(description="Approve, as it stands")
    def approve(self, request: HttpRequest, queryset: QuerySet[Approval]) -> None:
        self._decide(request, queryset, approve)

    @admin.action(description="Refuse")
    def reject(self, request: HttpRequest, queryset: QuerySet[Approval]) -> None:
        self._decide(request, queryset, reject)

    def _decide(self, request: HttpRequest, queryset: QuerySet[Approval], decide: Any) -> None:
        """Each on its own: a refusal of one leaves the others decided."""
        for asked in queryset:
            try:
                decided = decide(
                    approval_id=asked.pk, seen_hash=asked.change_hash, reason=DECIDED_HERE, by=actor_of(request),
                    at=clock.now(),
                )  # fmt: skip
            except Refusal as refusal:
                self.message_user(request, f"{asked.title}: {refusal.detail}", messages.ERROR)
            else:
                self.message_user(request, f"{asked.title}: {SAID[State(decided.state)]}", messages.SUCCESS)
