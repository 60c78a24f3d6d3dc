from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now

from foundation import prepared
from foundation.events.models import Newsworthy, Stream
from foundation.identity.models.people import Membership, Party
from foundation.identity.models.platforms import Platform
from foundation.identity.roles import PROVEN_TWICE, STAFF_ROLES, Role
from foundation.ids import uuid7
from foundation.locks import LockedQuerySet

_HELD = "SELECT role FROM role_grant WHERE user_id = %s AND ended_at IS NULL"


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def get_by_natural_key(self, email: str | None) -> User:
        return self.get(email=(email or "").strip().lower())


class User(AbstractBaseUser, Newsworthy):
    """Somebody who can sign in. There is no superuser: what a person may do are the roles granted to them."""

    NEWS_STREAM = Stream.ACCOUNT
    USERNAME_FIELD = EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    party = models.OneToOneField(Party, models.PROTECT, null=True, blank=True, related_name="user")
    platform = models.ForeignKey(Platform, models.PROTECT, null=True, blank=True, related_name="developers")
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False, editable=False)
    preferences = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    version = models.IntegerField(default=1, editable=False)

    objects = UserManager()

    class Meta:
        db_table = "fanz_user"
        constraints = [models.CheckConstraint(name="user_email_lower", condition=Q(email=Lower("email")))]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return str(self)

    @property
    def role_names(self) -> frozenset[str]:
        """Roles in force now; read once per request."""
        cached = self.__dict__.get("_role_names")
        if cached is None:
            cached = frozenset(role for (role,) in prepared.run(_HELD, [self.pk]))
            self.__dict__["_role_names"] = cached
        return cached

    @property
    def is_staff(self) -> bool:
        return not self.role_names.isdisjoint(STAFF_ROLES)

    @property
    def needs_second_factor(self) -> bool:
        return not self.role_names.isdisjoint(PROVEN_TWICE)

    is_superuser = False

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return False

    def has_perms(self, perms: object, obj: object = None) -> bool:
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff


class RoleGrant(models.Model):
    """A role from one moment to another; granted and ended by people, never edited."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="role_grants")
    role = models.CharField(max_length=20, choices=Role)
    granted_at = models.DateTimeField()
    granted_by = models.CharField(max_length=120)
    approval_id = models.UUIDField(null=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=120, blank=True)

    class Meta:
        db_table = "role_grant"
        constraints = [
            models.UniqueConstraint(fields=["user", "role"], condition=Q(ended_at=None), name="role_grant_once"),
            models.CheckConstraint(
                name="role_grant_ended_by_somebody", condition=Q(ended_at=None, ended_by="") | ~Q(ended_by="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} of {self.user_id}"


class ApiClient(Newsworthy):
    """A program of one platform: what it may ask for, and the hash of its secret."""

    NEWS_STREAM = Stream.ACCOUNT

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="api_clients")
    name = models.CharField(max_length=80)
    scopes = ArrayField(models.CharField(max_length=40))
    secret_hash = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now())
    active_until = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    version = models.IntegerField(default=1, editable=False)

    objects = LockedQuerySet.as_manager()

    class Meta:
        db_table = "api_client"
        constraints = [models.UniqueConstraint(fields=["platform", "name"], name="api_client_name")]

    def __str__(self) -> str:
        return self.name


class Invitation(models.Model):
    """One way into a portal for one membership: a link used once, stored as its hash."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="invitations")
    token_hash = models.BinaryField(unique=True)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="invitations")

    class Meta:
        db_table = "invitation"
        constraints = [
            models.CheckConstraint(
                name="invitation_accepted_by_somebody",
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
            )
        ]


class LoginGuard(models.Model):
    """Counts tries per account, address or session; a full count closes that door for a while, never a live session."""

    key = models.BinaryField(primary_key=True)
    failures = models.SmallIntegerField(default=0)
    counted_from = models.DateTimeField()
    locked_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "login_guard"
        indexes = [models.Index(fields=["counted_from"], name="login_guard_age")]


class SessionMark(models.Model):
    """One live session: where it began, when it was last used, what its person proved. Its end removes the row."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    session_key = models.CharField(max_length=40, unique=True)  # the digest the session itself is stored under
    user = models.ForeignKey(User, models.CASCADE, related_name="session_marks")
    address = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=300, blank=True)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    second_factor_at = models.DateTimeField(null=True)
    stepped_up_at = models.DateTimeField(null=True)
    handed_in_as = models.ForeignKey(Membership, models.CASCADE, null=True, related_name="+")  # on a platform's word

    class Meta:
        db_table = "session_mark"
        indexes = [models.Index(fields=["seen_at"], name="session_mark_seen")]

    def __str__(self) -> str:
        return f"session {str(self.pk)[-12:]}"
