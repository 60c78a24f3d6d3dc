"""The same things for staff: states, codes and evidence. No creator's answer is made of these."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rest_framework import serializers

from foundation.http.fields import MoneyField
from foundation.http.serializers import OneOfSerializers
from payouts.freezes.states import FreezeState, FreezeType, ReleasePath
from payouts.freezes.types import FreezeView
from payouts.life.states import PayoutState
from payouts.life.types import PayoutView
from payouts.transparency.api.serializers import FreezeOut, PayoutDossierOut, PayoutOut

INSIDE: Mapping[str, Any] = {
    "severity": "", "notes": "", "rule": "", "source": "", "release_reason": "", "was_wrong": None,
}  # fmt: skip
"""Of a freeze: what checks found and staff wrote, so for staff whose work it is not."""


class StaffPayoutOut(serializers.Serializer):
    id = serializers.UUIDField()
    creator_id = serializers.UUIDField()
    method_id = serializers.UUIDField()
    rail = serializers.CharField()
    amount = MoneyField(help_text="What the payout is, after tax.")
    withheld = MoneyField(help_text="Kept back for a tax office of what was asked for, beside the amount.")
    fee = MoneyField()
    origin = serializers.CharField()
    state = serializers.ChoiceField(PayoutState.choices)
    reason_code = serializers.CharField()
    is_disputed = serializers.BooleanField()
    needs_approval = serializers.BooleanField()
    approval_id = serializers.UUIDField(allow_null=True)
    requested_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True)
    promised_at = serializers.DateTimeField(allow_null=True)
    sent_at = serializers.DateTimeField(allow_null=True)
    paid_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    ended_reason = serializers.CharField()


class StaffFreezeOut(serializers.Serializer):
    id = serializers.UUIDField()
    creator_id = serializers.UUIDField()
    freeze_type = serializers.ChoiceField(FreezeType.choices)
    state = serializers.ChoiceField(FreezeState.choices)
    payout_id = serializers.UUIDField(allow_null=True)
    platform_id = serializers.UUIDField(allow_null=True)
    product = serializers.CharField()
    amount = MoneyField(allow_null=True)
    code = serializers.CharField()
    severity = serializers.CharField()
    action = serializers.CharField()
    notes = serializers.CharField()
    path = serializers.ChoiceField(ReleasePath.choices)
    release_at = serializers.DateTimeField(allow_null=True)
    review_by = serializers.DateTimeField(allow_null=True)
    progress = serializers.IntegerField()
    rule = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    escalation_id = serializers.UUIDField(allow_null=True)
    frozen_by = serializers.CharField()
    frozen_at = serializers.DateTimeField()
    released_at = serializers.DateTimeField(allow_null=True)
    released_by = serializers.CharField()
    release_reason = serializers.CharField()
    was_wrong = serializers.BooleanField(allow_null=True)


def freezes_for(found: Iterable[FreezeView], *, sees_inside: bool) -> list[Mapping[str, Any]]:
    rows = StaffFreezeOut(found, many=True).data
    return list(rows) if sees_inside else [{**row, **INSIDE} for row in rows]


def payouts_for(found: Iterable[PayoutView], *, sees_inside: bool) -> list[Mapping[str, Any]]:
    """Why a payout was given up is what people wrote."""
    rows = StaffPayoutOut(found, many=True).data
    return [
        row if sees_inside or row["state"] != PayoutState.CANCELLED else {**row, "ended_reason": ""} for row in rows
    ]


class AnyPayoutOut(OneOfSerializers):
    """For creators and for staff."""

    alternatives = (PayoutOut, StaffPayoutOut)


class AnyPayoutDossierOut(OneOfSerializers):
    alternatives = (PayoutDossierOut, StaffPayoutOut)


class AnyFreezeOut(OneOfSerializers):
    alternatives = (FreezeOut, StaffFreezeOut)
