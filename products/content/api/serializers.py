"""Content as platforms tell it and read it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from foundation.http.fields import Identifier, MoneyField, OneOf, Text, WholeNumber, YesNo
from foundation.http.serializers import StrictSerializer
from foundation.logs import holds_card
from products.content.types import MOST_IN_A_BATCH, Act, By, Kind


class OwnId(Identifier):
    """The platform's own name of something; never a card's number."""

    default_error_messages = {"card": "Holds what may be the number of a card. Card numbers are not kept here."}

    def to_internal_value(self, data: Any) -> str:
        value = super().to_internal_value(data)
        if holds_card(value):
            self.fail("card")
        return value


def batch(item: type[StrictSerializer]) -> serializers.ListField:
    return serializers.ListField(child=item(), min_length=1, max_length=MOST_IN_A_BATCH)


class ContentBody(StrictSerializer):
    """One piece. What is left out of a later batch goes back to what stands here, so tell it whole."""

    external_id = OwnId(help_text="Your own id of this piece.")
    creator = OwnId(help_text="Your own id of the creator.")
    kind = OneOf([str(kind) for kind in Kind])
    title = Text(max_length=200, required=False, allow_blank=True, default="")
    price = MoneyField(least=0, required=False, allow_null=True, default=None)
    is_active = YesNo(required=False, default=True)


class ContentBatch(StrictSerializer):
    items = batch(ContentBody)


class AccessBody(StrictSerializer):
    """Access of one fan to one piece. A payment with a `content_id` gives it by itself: name that payment to say how
    much was seen."""

    external_id = OwnId(help_text="Your own id of this access.")
    content = OwnId(help_text="Your own id of the piece.")
    fan = OwnId(help_text="Your own id of the fan.")
    payment_id = serializers.UUIDField(required=False, allow_null=True, default=None)
    until = serializers.DateTimeField(required=False, allow_null=True, default=None)
    seen_percent = WholeNumber(least=0, most=100, required=False, default=0)
    seen_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    device = OwnId(max_length=64, required=False, allow_blank=True, default="", help_text="A hash of yours.")
    is_active = YesNo(required=False, default=True, help_text="false ends it for good.")


class AccessBatch(StrictSerializer):
    items = batch(AccessBody)


class ActionBody(StrictSerializer):
    """Who did what about a piece, and when."""

    external_id = OwnId(help_text="Your own id of this action: told twice, it is written once.")
    content = OwnId(help_text="Your own id of the piece.")
    act = OneOf([str(act) for act in Act])
    by_kind = OneOf([str(by) for by in By])
    by = OwnId(help_text="Your own id of who did it.")
    at = serializers.DateTimeField()
    reason = Text(max_length=300, required=False, allow_blank=True, default="")


class ActionBatch(StrictSerializer):
    items = batch(ActionBody)


class ActionKeptOut(serializers.Serializer):
    external_id = serializers.CharField()
    result = serializers.ChoiceField(["created", "updated", "unchanged"])


class KeptOut(ActionKeptOut):
    id = serializers.UUIDField()


class BatchOut(serializers.Serializer):
    data = KeptOut(many=True)  # type: ignore[assignment]


class ActionBatchOut(serializers.Serializer):
    """An action has no id of ours: your own names it."""

    data = ActionKeptOut(many=True)  # type: ignore[assignment]


class WhichContent(StrictSerializer):
    creator = Identifier(required=False)
    is_active = OneOf(["true", "false"], required=False)


class WhichAccesses(StrictSerializer):
    content = Identifier(required=False)
    fan = Identifier(required=False)


class WhichActions(StrictSerializer):
    content = Identifier(required=False)
    act = OneOf([str(act) for act in Act], required=False)


class ContentOut(serializers.Serializer):
    id = serializers.UUIDField()
    external_id = serializers.CharField()
    creator = serializers.CharField(allow_null=True)
    kind = serializers.ChoiceField(Kind.values)
    title = serializers.CharField()
    price = MoneyField(allow_null=True)
    is_active = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class AccessOut(serializers.Serializer):
    id = serializers.UUIDField()
    external_id = serializers.CharField(allow_null=True)
    content = serializers.CharField()
    fan = serializers.CharField(allow_null=True)
    payment_id = serializers.UUIDField(allow_null=True)
    source = serializers.ChoiceField(["payment", "granted"])  # type: ignore[assignment]
    given_at = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    ended_because = serializers.CharField(allow_null=True)
    seen_percent = serializers.IntegerField()
    first_seen_at = serializers.DateTimeField(allow_null=True)
    last_seen_at = serializers.DateTimeField(allow_null=True)


class ActionOut(serializers.Serializer):
    external_id = serializers.CharField()
    content = serializers.CharField()
    act = serializers.ChoiceField(Act.values)
    by_kind = serializers.ChoiceField(By.values)
    by = serializers.CharField()
    reason = serializers.CharField()
    at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
