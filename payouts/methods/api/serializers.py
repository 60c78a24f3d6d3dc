"""Where a creator is paid to, as they read and give it. Details go in and never come out."""

from __future__ import annotations

from rest_framework import serializers

from foundation.http.fields import FlatObject, Identifier, OneOf
from foundation.http.serializers import StrictSerializer
from foundation.money import EXPONENTS
from payouts.methods.states import MethodState, Rail


class Details(FlatObject):
    """The fields a rail asks for, as texts."""

    most_entries, longest_text = 20, 140
    takes_texts_alone = True


class PayoutMethodIn(StrictSerializer):
    rail = OneOf(Rail.values)
    currency = OneOf(sorted(EXPONENTS))
    details = Details(write_only=True, help_text="The fields of the rail: GET /api/v1/payout-rails names them.")
    replaces_id = serializers.UUIDField(required=False, help_text="The method whose place it takes once proved.")


class PayoutMethodCodeIn(StrictSerializer):
    code = Identifier(max_length=12, help_text="The six digits from the mail.")


class PayoutMethodOut(serializers.Serializer):
    id = serializers.UUIDField()
    rail = serializers.ChoiceField(Rail.values)
    currency = serializers.CharField()
    label = serializers.CharField(help_text="What may be shown: the kind and the last characters.")  # type: ignore[assignment]
    state = serializers.ChoiceField(MethodState.choices)
    is_preferred = serializers.BooleanField()
    usable_from = serializers.DateTimeField(allow_null=True)
    waits_because = serializers.CharField(help_text="Empty unless it waits.")
    stopped_because = serializers.CharField(source="disabled_reason", help_text="Empty unless it is stopped.")
    created_at = serializers.DateTimeField()


class PayoutMethodsOut(serializers.Serializer):
    data = PayoutMethodOut(many=True)  # type: ignore[assignment]


class PayoutRailOut(serializers.Serializer):
    rail = serializers.ChoiceField(Rail.values)
    name = serializers.CharField()
    currencies = serializers.ListField(child=serializers.CharField())
    needs = serializers.ListField(child=serializers.CharField(), help_text="Fields of `details` that have to be given.")
    may = serializers.ListField(child=serializers.CharField(), help_text="Fields that may be given besides.")


class PayoutRailsOut(serializers.Serializer):
    data = PayoutRailOut(many=True)  # type: ignore[assignment]
