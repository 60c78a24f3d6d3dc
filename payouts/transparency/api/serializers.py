"""What a creator reads of payouts, field by field: what does not stand here never leaves. Staff has others."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from foundation.http.fields import MoneyField, OneOf
from foundation.http.serializers import StrictSerializer
from payouts.freezes.states import FreezeType
from payouts.integrity.rules.scoring import Tier
from payouts.life.states import CreatorStatus
from payouts.transparency.types import MessageKind, Place, Progress


class WhichHalf(StrictSerializer):
    running = OneOf(["true", "false"], required=False, help_text="On their way, or over; both if left out.")


class WhichPayouts(WhichHalf):
    creator_id = serializers.UUIDField(required=False, help_text="For staff: the payouts of one creator.")


class WhichFreezes(StrictSerializer):
    live = OneOf(["true", "false"], required=False, help_text="Standing or lifted; both if left out.")
    creator_id = serializers.UUIDField(required=False, help_text="For staff: the freezes of one creator.")


class PayoutIn(StrictSerializer):
    amount = MoneyField()
    method_id = serializers.UUIDField(required=False, help_text="Your preferred one of the currency if left out.")


class OtherMethodIn(StrictSerializer):
    method_id = serializers.UUIDField(help_text="One of your payout methods of the same currency.")


class StageOut(serializers.Serializer):
    """Who has the money: we, the rail, or the bank."""

    place = serializers.ChoiceField([str(place) for place in Place])
    name = serializers.CharField()
    progress = serializers.ChoiceField([str(one) for one in Progress])
    note = serializers.CharField()
    at = serializers.DateTimeField(allow_null=True)


class ArrivalOut(serializers.Serializer):
    sent_by = serializers.DateTimeField()
    arrives_by = serializers.DateTimeField()
    why = serializers.CharField()
    is_estimate = serializers.BooleanField(help_text="It hangs on somebody's decision.")


class OptionOut(serializers.Serializer):
    """Something you can do, and what it does to the date."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    effect = serializers.CharField()
    path = serializers.CharField(help_text="The page where it is done; empty when there is none.")
    arrives_by = serializers.DateTimeField(allow_null=True)
    method_id = serializers.UUIDField(allow_null=True)
    fee = MoneyField(allow_null=True)


class PayoutOut(serializers.Serializer):
    """A payout as its creator sees it."""

    id = serializers.UUIDField()
    amount = MoneyField(help_text="What the payout is, after tax.")
    withheld = MoneyField(help_text="Kept back for a tax office of what was asked for, beside the amount.")
    fee = MoneyField()
    receives = MoneyField()
    rail = serializers.CharField()
    destination = serializers.CharField()
    method_id = serializers.UUIDField()
    status = serializers.ChoiceField(CreatorStatus.choices)
    word = serializers.CharField()
    stages = StageOut(many=True)
    arrival = ArrivalOut(allow_null=True)
    reason = serializers.CharField()
    until = serializers.CharField()
    options = OptionOut(many=True)
    is_running = serializers.BooleanField()
    can_cancel = serializers.BooleanField()
    can_reroute = serializers.BooleanField()
    is_asked_by_schedule = serializers.BooleanField()
    requested_at = serializers.DateTimeField()
    leaves_at = serializers.DateTimeField(allow_null=True)
    promised_at = serializers.DateTimeField(allow_null=True)
    sent_at = serializers.DateTimeField(allow_null=True)
    paid_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class MomentOut(serializers.Serializer):
    at = serializers.DateTimeField()
    title = serializers.CharField()
    detail = serializers.CharField()


class MessageOut(serializers.Serializer):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField([str(kind) for kind in MessageKind])
    title = serializers.CharField()
    body = serializers.CharField()
    path = serializers.CharField()
    at = serializers.DateTimeField()
    is_read = serializers.BooleanField()


class PayoutDossierOut(serializers.Serializer):
    """A payout with its past and what was written about it."""

    payout = PayoutOut()
    timeline = MomentOut(many=True)
    messages = MessageOut(many=True)


class FreezeOut(serializers.Serializer):
    """Money that is on hold: the cause, the date, what can be done, how far it is."""

    id = serializers.UUIDField()
    freeze_type = serializers.ChoiceField(FreezeType.choices)
    status = serializers.ChoiceField(CreatorStatus.choices)
    title = serializers.CharField()
    reason = serializers.CharField()
    until = serializers.CharField()
    ends_by = serializers.DateTimeField()
    options = OptionOut(many=True)
    progress = serializers.IntegerField(allow_null=True, help_text="0 to 100, where something has to come true.")
    amount = MoneyField(allow_null=True)
    payout_id = serializers.UUIDField(allow_null=True)
    frozen_at = serializers.DateTimeField()
    released_at = serializers.DateTimeField(allow_null=True)


class EscrowRangeOut(serializers.Serializer):
    """How long payouts wait, in days: yours that is asked for now, the shortest and the longest there is."""

    current_days = serializers.CharField()
    least_days = serializers.CharField()
    most_days = serializers.CharField()


class PayoutStatusOut(serializers.Serializer):
    """Everything at a glance. Of several the worst: FROZEN, UNDER_REVIEW, DELAYED, NORMAL."""

    status = serializers.ChoiceField(CreatorStatus.choices)
    headline = serializers.CharField()
    next_arrival = serializers.DateTimeField(allow_null=True)
    payouts = PayoutOut(many=True)
    freezes = FreezeOut(many=True)
    tier = serializers.ChoiceField([str(tier) for tier in Tier])
    escrow = EscrowRangeOut()
    messages = MessageOut(many=True)
    updated_at = serializers.DateTimeField()


class PreviewOut(serializers.Serializer):
    """What a payout would be if it were asked for now."""

    amount = MoneyField()
    withheld = MoneyField(help_text="Kept back for a tax office.")
    fee = MoneyField()
    receives = MoneyField()
    waits_hours = serializers.IntegerField()
    arrival = ArrivalOut()


FOR_CREATORS: tuple[type[serializers.Serializer[Any]], ...] = (
    PayoutOut, PayoutDossierOut, PayoutStatusOut, FreezeOut, PreviewOut,
)  # fmt: skip
