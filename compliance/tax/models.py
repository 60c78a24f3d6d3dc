"""What the database holds of tax papers: profiles as they were signed, what was withheld, documents by year."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from compliance.tax.states import Document, Form, Scheme
from foundation.identity.models import Party
from foundation.ids import uuid7


class TaxProfile(models.Model):
    """What a party said and signed. Written once: a change is the next number, and the newest is in force."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    number = models.SmallIntegerField()
    form = models.CharField(max_length=9, choices=Form)
    country = models.CharField(max_length=2)
    """Where its person lives for tax."""
    sealed = models.BinaryField()
    """Name, address, number, birth: under the party's own key."""
    tin_fingerprint = models.BinaryField(blank=True, default=b"", db_index=True)
    """A keyed hash: the same number of two parties is seen without opening either."""
    tin_ending = models.CharField(max_length=4, blank=True)
    treaty_country = models.CharField(max_length=2, blank=True)
    us_percent = models.SmallIntegerField(default=0)
    """How much of the work is done in the US."""
    signed_at = models.DateTimeField()
    signed_by = models.CharField(max_length=120)
    expires_on = models.DateField(null=True)

    class Meta:
        db_table = "tax_profile"
        constraints = [
            models.UniqueConstraint(fields=["party", "number"], name="tax_profile_number"),
            models.CheckConstraint(
                name="tax_profile_sane", condition=Q(us_percent__gte=0, us_percent__lte=100, number__gte=1)
            ),
            models.CheckConstraint(
                name="tax_profile_w8_expires", condition=Q(form=Form.W9) | Q(expires_on__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.form} no. {self.number}"


class TaxWithheld(models.Model):
    """What was kept back of one payout, and given back when that did not leave."""

    payout_id = models.UUIDField(primary_key=True)
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    profile = models.ForeignKey(TaxProfile, models.PROTECT, null=True, related_name="+")
    scheme = models.CharField(max_length=10, choices=Scheme)
    base_minor = models.BigIntegerField()
    withheld_minor = models.BigIntegerField()
    currency = models.CharField(max_length=5)
    points = models.SmallIntegerField()
    why = models.CharField(max_length=120)
    at = models.DateTimeField()
    given_back_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "tax_withheld"
        constraints = [
            models.CheckConstraint(
                name="tax_withheld_amounts",
                condition=Q(withheld_minor__gt=0, withheld_minor__lte=F("base_minor")) & ~Q(scheme=Scheme.NONE),
            ),
        ]
        indexes = [models.Index(fields=["party", "at"], name="tax_withheld_of")]

    def __str__(self) -> str:
        return f"{self.scheme} of {self.payout_id}"


class TaxDocument(models.Model):
    """A party's figures of a year as they were reported. Written once: a correction is the next number."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    profile = models.ForeignKey(TaxProfile, models.PROTECT, null=True, related_name="+")
    year = models.SmallIntegerField()
    kind = models.CharField(max_length=8, choices=Document)
    number = models.SmallIntegerField()
    corrects = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    figures = models.JSONField()
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=120)

    class Meta:
        db_table = "tax_document"
        constraints = [
            models.UniqueConstraint(fields=["party", "year", "kind", "number"], name="tax_document_number"),
            models.CheckConstraint(
                name="tax_document_corrects",
                condition=Q(number=1, corrects=None) | Q(number__gt=1, corrects__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.year} no. {self.number}"
