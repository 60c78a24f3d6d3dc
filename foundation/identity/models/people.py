from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now, Upper

from foundation.events.models import Newsworthy, Stream
from foundation.identity.models.platforms import Platform
from foundation.identity.roles import Role, Verification
from foundation.ids import uuid7
from foundation.locks import LockedQuerySet


class Party(Newsworthy):
    """A person or legal entity as one pseudonym; everything else refers to people by this id alone."""

    NEWS_STREAM = Stream.ACCOUNT

    class Kind(models.TextChoices):
        PERSON = "person", "Person"
        ENTITY = "entity", "Legal entity"

    class Check(models.TextChoices):
        NOT_STARTED = "not_started", "Not started"
        PENDING = "pending", "Pending"
        PASSED = "passed", "Passed"
        FAILED = "failed", "Failed"
        EXPIRED = "expired", "Expired"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=6, choices=Kind, default=Kind.PERSON)
    verification = models.CharField(max_length=7, choices=Verification, default=Verification.NONE)
    verified_at = models.DateTimeField(null=True, blank=True)
    kyc_state = models.CharField(max_length=11, choices=Check, default=Check.NOT_STARTED)
    kyc_expires_at = models.DateTimeField(null=True, blank=True)
    kyc_checked_at = models.DateTimeField(null=True, blank=True)
    tax_state = models.CharField(max_length=11, choices=Check, default=Check.NOT_STARTED)
    key_id = models.UUIDField(null=True, editable=False)
    alias_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="aliases")
    created_at = models.DateTimeField(db_default=Now())
    erased_at = models.DateTimeField(null=True, blank=True)
    version = models.IntegerField(default=1, editable=False)

    objects = LockedQuerySet.as_manager()

    class Meta:
        db_table = "party"
        verbose_name_plural = "parties"
        constraints = [
            models.CheckConstraint(
                name="party_verified_has_date",
                condition=Q(verification=Verification.NONE) | Q(verified_at__isnull=False),
            ),
            models.CheckConstraint(name="party_not_own_alias", condition=~Q(alias_of=models.F("id"))),
            models.CheckConstraint(name="party_erased_has_no_key", condition=Q(erased_at=None) | Q(key_id=None)),
        ]

    def __str__(self) -> str:
        return f"party {str(self.pk)[-12:]}"


class Membership(Newsworthy):
    """A party on one platform, under the platform's own id. All a platform ever sees of a person."""

    NEWS_STREAM = Stream.ACCOUNT

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    party = models.ForeignKey(Party, models.PROTECT, related_name="memberships")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=7, choices=[(Role.CREATOR, "Creator"), (Role.FAN, "Fan")])
    external_id = models.CharField(max_length=120)
    handle = models.CharField(max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    version = models.IntegerField(default=1, editable=False)

    objects = LockedQuerySet.as_manager()

    class Meta:
        db_table = "membership"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["platform", "role", "external_id"], name="membership_external_id"),
            models.UniqueConstraint(fields=["platform", "id"], name="membership_platform_id"),
            models.CheckConstraint(name="membership_role", condition=Q(role__in=[Role.CREATOR, Role.FAN])),
            models.CheckConstraint(name="membership_external_id_given", condition=~Q(external_id="")),
        ]
        indexes = [
            models.Index(fields=["party"], name="membership_party"),
            models.Index(Upper("handle"), name="membership_called"),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.external_id}"


class PersonalRecord(models.Model):
    """What is personal about a party (name, e-mail, country …), sealed under the party's own key."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    party = models.ForeignKey(Party, models.PROTECT, related_name="personal_records")
    membership = models.OneToOneField(Membership, models.PROTECT, null=True, related_name="personal_record")
    platform_id = models.UUIDField(null=True)
    ciphertext = models.BinaryField()
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "personal_record"
        constraints = [
            models.UniqueConstraint(fields=["party"], condition=Q(membership=None), name="personal_record_own")
        ]


class PersonalWord(models.Model):
    """A keyed hash of a normalised e-mail or whole name word, so that staff can find a person without plain text."""

    id = models.BigAutoField(primary_key=True)
    party = models.ForeignKey(Party, models.CASCADE, related_name="personal_words")
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="personal_words")
    platform_id = models.UUIDField(null=True)
    word = models.BinaryField()

    class Meta:
        db_table = "personal_word"
        constraints = [models.UniqueConstraint(fields=["membership", "word"], name="personal_word_once")]
        indexes = [models.Index(fields=["word"], name="personal_word_word")]
