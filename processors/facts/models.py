"""Sums of payments that are made again from the payments themselves wherever one of them changed."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models


class SaleDay(models.Model):
    """What a creator sold of one product on one day of UTC: the day the sale was asked for, which never changes."""

    pk = models.CompositePrimaryKey("creator_id", "day", "product", "currency")
    creator_id = models.UUIDField()
    day = models.DateField()
    product = models.CharField(max_length=20)
    currency = models.CharField(max_length=5)
    sales = models.IntegerField()
    sales_minor = models.BigIntegerField()
    refunded = models.IntegerField()
    """Of these sales, how many were refunded since, in full or in part."""
    refunded_minor = models.BigIntegerField()

    class Meta:
        db_table = "sale_day"
        indexes = [BrinIndex(fields=["day"], name="sale_day_by_day")]

    def __str__(self) -> str:
        return f"{self.sales} of {self.product} on {self.day}"


class PayerMonth(models.Model):
    """What one fan paid to one creator in one month."""

    pk = models.CompositePrimaryKey("creator_id", "fan_id", "month", "currency")
    creator_id = models.UUIDField()
    fan_id = models.UUIDField()
    month = models.DateField()
    currency = models.CharField(max_length=5)
    paid_minor = models.BigIntegerField()

    class Meta:
        db_table = "payer_month"
        indexes = [BrinIndex(fields=["month"], name="payer_month_by_month")]

    def __str__(self) -> str:
        return f"{self.paid_minor} {self.currency} in {self.month}"


class FactMark(models.Model):
    """A payment that counts changed: the sums it is part of have to be made again. Written by a trigger."""

    id = models.BigAutoField(primary_key=True)
    creator_id = models.UUIDField()
    fan_id = models.UUIDField()
    day = models.DateField()

    class Meta:
        db_table = "fact_mark"
        indexes = [models.Index(fields=["creator_id"], name="fact_mark_by_creator")]

    def __str__(self) -> str:
        return f"{self.creator_id} on {self.day}"
