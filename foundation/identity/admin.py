from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from foundation import clock
from foundation.errors import Refusal
from foundation.http.admin_site import ReadOnlyAdmin
from foundation.identity.actors import actor_of
from foundation.identity.models import (
    ApiClient,
    Cluster,
    Handoff,
    Invitation,
    Membership,
    Party,
    Passkey,
    Platform,
    RoleGrant,
    User,
)
from foundation.identity.personal import find_parties
from foundation.identity.roles import PEOPLE_READERS, Role
from foundation.identity.services import end_role, invite_member
from foundation.identity.sessions import end_sessions


@admin.register(Cluster)
class ClusterAdmin(ReadOnlyAdmin):
    list_display = ("slug", "name")


@admin.register(Platform)
class PlatformAdmin(ReadOnlyAdmin):
    list_display = ("slug", "name", "cluster", "is_sandbox", "active_from", "active_until")
    list_filter = ("cluster", "is_sandbox")
    search_fields = ("slug", "name")


@admin.register(Party)
class PartyAdmin(ReadOnlyAdmin):
    seen_by = PEOPLE_READERS
    shows_people = True
    list_display = ("id", "kind", "verification", "kyc_state", "tax_state", "created_at", "erased_at")
    list_filter = ("kind", "verification", "kyc_state", "tax_state")
    search_fields = ("id",)
    search_help_text = "A whole e-mail address, whole name words, a whole handle, a platform's own id, or a party id"
    exclude = ("key_id",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Party], search_term: str
    ) -> tuple[QuerySet[Party], bool]:
        if not search_term.strip():
            return queryset, False
        named = {party.pk for party in find_parties(search_term)}
        term = search_term.strip()
        called = Membership.objects.filter(Q(handle__iexact=term.removeprefix("@")) | Q(external_id=term))
        named.update(called.values_list("party_id", flat=True)[:50])
        named.update(User.objects.filter(email=term.lower(), party__isnull=False).values_list("party_id", flat=True))
        by_id, _ = super().get_search_results(request, queryset, search_term)
        return (queryset.filter(pk__in=named) if named else by_id), False


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    seen_by = PEOPLE_READERS
    shows_people = True
    list_display = ("external_id", "handle", "role", "platform", "is_active", "joined_at", "party")
    list_filter = ("platform", "role", "is_active")
    search_fields = ("external_id", "handle", "id")
    actions = ("invite",)

    @admin.action(description="Invite to their portal")
    def invite(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        if not request.user.role_names & {Role.ADMIN, Role.SUPPORT}:  # type: ignore[union-attr]
            self.message_user(request, "Inviting is for admins and support.", messages.ERROR)
            return
        for membership in queryset:
            _tell(self, request, f"{membership}: invited", invite_member, membership_id=membership.pk)


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    seen_by = (Role.ADMIN, Role.COMPLIANCE, Role.AUDITOR)
    shows_people = True
    list_display = ("email", "name", "roles", "is_active", "last_login", "created_at")
    list_filter = ("is_active", "role_grants__role")
    search_fields = ("email", "name")
    exclude = ("password", "preferences", "news_seq", "version")
    actions = ("sign_out_everywhere",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("role_grants")

    @admin.display(description="roles")
    def roles(self, user: User) -> str:
        return ", ".join(sorted(grant.role for grant in user.role_grants.all() if grant.ended_at is None))

    @admin.action(description="Sign out everywhere")
    def sign_out_everywhere(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        if Role.ADMIN not in request.user.role_names:  # type: ignore[union-attr]
            self.message_user(request, "Ending sessions is for admins.", messages.ERROR)
            return
        for user in queryset:
            _tell(self, request, f"{user}: signed out", end_sessions, user_id=user.pk, reason="ended by an admin")


@admin.register(RoleGrant)
class RoleGrantAdmin(ReadOnlyAdmin):
    seen_by = (Role.ADMIN, Role.COMPLIANCE, Role.AUDITOR)
    shows_people = True
    list_display = ("user", "role", "granted_at", "granted_by", "ended_at", "ended_by")
    list_filter = ("role", ("ended_at", admin.EmptyFieldListFilter))
    search_fields = ("user__email", "user__name")
    actions = ("end",)

    @admin.action(description="End this role now")
    def end(self, request: HttpRequest, queryset: QuerySet[RoleGrant]) -> None:
        if Role.ADMIN not in request.user.role_names:  # type: ignore[union-attr]
            self.message_user(request, "Ending roles is for admins.", messages.ERROR)
            return
        for grant in queryset.filter(ended_at=None):
            _tell(
                self, request, f"{grant.user}: {grant.role} ended", end_role,
                user_id=grant.user_id, role=grant.role, reason="ended in the back office",
            )  # fmt: skip


@admin.register(Passkey)
class PasskeyAdmin(ReadOnlyAdmin):
    seen_by = (Role.ADMIN, Role.AUDITOR)
    shows_people = True
    list_display = ("user", "created_at", "last_used_at", "blocked_at")
    list_filter = (("blocked_at", admin.EmptyFieldListFilter),)
    search_fields = ("user__email", "user__name")
    exclude = ("credential_id", "credential")


@admin.register(ApiClient)
class ApiClientAdmin(ReadOnlyAdmin):
    seen_by = (Role.ADMIN, Role.AUDITOR)
    list_display = ("name", "platform", "scopes", "created_at", "active_until", "last_used_at")
    list_filter = ("platform",)
    search_fields = ("name", "id")
    exclude = ("secret_hash",)


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    seen_by = PEOPLE_READERS
    list_display = ("membership", "created_at", "expires_at", "accepted_at")
    exclude = ("token_hash",)


@admin.register(Handoff)
class HandoffAdmin(ReadOnlyAdmin):
    seen_by = PEOPLE_READERS
    shows_people = True
    list_display = ("membership", "client", "page", "created_at", "expires_at")
    list_filter = ("membership__platform", "page")
    exclude = ("token_hash",)


def _tell(page: ReadOnlyAdmin, request: HttpRequest, done: str, service: Any, **arguments: Any) -> None:
    try:
        service(by=actor_of(request), at=clock.now(), **arguments)
    except Refusal as refusal:
        page.message_user(request, refusal.detail, messages.ERROR)
    else:
        page.message_user(request, done, messages.SUCCESS)
