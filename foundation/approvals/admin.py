from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from foundation import clock
from foundation.actors import ANONYMOUS
from foundation.approvals.models import AmountBound, Approval, ApprovalDecision, ApprovalPolicy
from foundation.approvals.selectors import detail_of, lines_of
from foundation.approvals.several import decide_several
from foundation.approvals.states import State, Verdict
from foundation.approvals.types import ApprovalLine
from foundation.errors import Refusal
from foundation.http.admin_site import ReadOnlyAdmin
from foundation.http.forms import Words
from foundation.identity.actors import actor_of
from foundation.identity.names import names_of

SAID = {
    State.PENDING: "agreed; it still takes another person",
    State.APPLIED: "approved, and the change was made",
    State.FAILED: "approved, but the world had moved on: nothing was changed",
    State.REJECTED: "refused; nothing was changed",
}


class ReasonForm(forms.Form):
    reason = Words(
        label="Reason",
        max_length=500,
        help_text="It stays with each decision, and the people who asked read it.",
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
    )


def _line_of(row: Any) -> ApprovalLine:
    """What is known of this row; a list has read it for all its rows at once."""
    line: ApprovalLine = getattr(row, "line", None) or lines_of([row], ANONYMOUS)[0]
    return line


@admin.register(ApprovalPolicy)
class ApprovalPolicyAdmin(ReadOnlyAdmin):
    list_display = ("kind", "about", "deciding_roles", "approvers", "sla_hours", "expiry_hours")
    search_fields = ("kind", "about")


@admin.register(AmountBound)
class AmountBoundAdmin(ReadOnlyAdmin):
    list_display = ("version", "policy", "above_minor", "currency", "people", "roles", "active_from", "recorded_at")
    list_filter = ("policy", "currency")


class DecisionInline(admin.TabularInline):
    model = ApprovalDecision
    fields = readonly_fields = ("decided_by", "verdict", "reason", "at")
    can_delete = False

    def decided_by(self, decision: ApprovalDecision) -> str:
        return names_of([decision.decider])[decision.decider]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True


@admin.register(Approval)
class ApprovalAdmin(ReadOnlyAdmin):
    list_display = ("title", "about", "state", "policy", "asked_by", "amount", "due_at", "requested_at")
    list_filter = ("state", "policy")
    search_fields = ("=id", "title", "=subject_id", "=requester")
    exclude = ("news_seq", "overdue_told_at", "requester", "affected")
    readonly_fields = ("asked_by", "about")
    inlines = (DecisionInline,)
    actions = ("approve", "reject")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Approval]:
        return Approval.objects.visible_to(actor_of(request)).select_related("policy")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        listed = getattr(response, "context_data", None) or {}
        if "cl" in listed:
            rows = list(listed["cl"].result_list)
            lines = {line.id: line for line in lines_of(rows, actor_of(request))}
            for row in rows:
                row.line = lines[row.pk]
            listed["cl"].result_list = rows
        return response

    @admin.display(description="asked by")
    def asked_by(self, row: Approval) -> str:
        return _line_of(row).requester_name

    @admin.display(description="about")
    def about(self, row: Approval) -> str:
        return _line_of(row).affected_name

    @admin.action(description="Approve, as it stands")
    def approve(self, request: HttpRequest, queryset: QuerySet[Approval]) -> HttpResponse | None:
        return self._decide(request, queryset, Verdict.APPROVE)

    @admin.action(description="Refuse")
    def reject(self, request: HttpRequest, queryset: QuerySet[Approval]) -> HttpResponse | None:
        return self._decide(request, queryset, Verdict.REJECT)

    def _decide(self, request: HttpRequest, queryset: QuerySet[Approval], verdict: Verdict) -> HttpResponse | None:
        """Ask why, on a page that shows what is decided; then each on its own, as it was seen there."""
        is_answer = "is_seen" in request.POST
        form = ReasonForm(request.POST if is_answer else None)
        if is_answer and form.is_valid():
            self._decide_each(request, queryset, form.cleaned_data["reason"], verdict)
            return None
        found = [detail_of(asked, actor_of(request)) for asked in queryset]
        context = {
            **self.admin_site.each_context(request),
            "title": "Approve these requests" if verdict == Verdict.APPROVE else "Refuse these requests",
            "opts": self.opts,
            "found": found,
            "form": form,
            "action": str(verdict),
        }
        return TemplateResponse(request, "admin/approvals/decide.html", context, status=400 if form.errors else 200)

    def _decide_each(self, request: HttpRequest, queryset: QuerySet[Approval], reason: str, verdict: Verdict) -> None:
        """A refusal of one leaves the others decided."""
        seen = {asked.pk: request.POST.get(f"seen-{asked.pk}", "") for asked in queryset}
        titles = {asked.pk: asked.title for asked in queryset}
        try:
            outcomes = decide_several(verdict=verdict, seen=seen, reason=reason, by=actor_of(request), at=clock.now())
        except Refusal as refusal:
            return self.message_user(request, refusal.detail, messages.ERROR)
        for one in outcomes:
            said, level = (SAID[one.state], messages.SUCCESS) if one.state else (one.why_not, messages.ERROR)
            self.message_user(request, f"{titles[one.approval_id]}: {said}", level)
