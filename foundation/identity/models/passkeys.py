from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from foundation.identity.models.access import User
from foundation.ids import uuid7


class Passkey(models.Model):
    """A key in a device of its owner (WebAuthn): only its public half stands here."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="passkeys")
    name = models.CharField(max_length=60)
    credential_id = models.BinaryField(unique=True)
    credential = models.BinaryField()  # what the device said of itself: its model, the key's id, the public key
    sign_count = models.BigIntegerField()
    has_verified = models.BooleanField(db_default=False)  # it asked its owner for finger, face or PIN at least once
    created_at = models.DateTimeField(db_default=Now())
    last_used_at = models.DateTimeField(null=True)
    blocked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "passkey"
        ordering = ["id"]
        constraints = [models.CheckConstraint(name="passkey_counts_up", condition=Q(sign_count__gte=0))]

    def __str__(self) -> str:
        return f"passkey {str(self.pk)[-12:]}"


class PasskeyChallenge(models.Model):
    """A question put to a device: answered once, in the session it was asked in, for the purpose it was asked for."""

    challenge = models.BinaryField(primary_key=True)
    session_key = models.CharField(max_length=40)  # the digest the session is stored under
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=7)
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "passkey_challenge"
        indexes = [models.Index(fields=["expires_at"], name="passkey_challenge_age")]
