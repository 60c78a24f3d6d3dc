"""Endpoints and deliveries as programs read and write them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from foundation.hooks.rules.addresses import MOST_CHARACTERS
from foundation.hooks.states import DeliveryState, EndpointState
from foundation.http.fields import Identifier, OneOf, Text
from foundation.http.serializers import StrictSerializer


class EndpointIn(StrictSerializer):
    url = Identifier(max_length=MOST_CHARACTERS, help_text="An https address of yours, on port 443 or 8443.")
    topics = serializers.ListField(child=Identifier(max_length=60), min_length=1, max_length=50)
    name = Text(max_length=80, required=False, allow_blank=True, default="")


class EndpointChange(StrictSerializer):
    url = Identifier(max_length=MOST_CHARACTERS, required=False)
    topics = serializers.ListField(child=Identifier(max_length=60), min_length=1, max_length=50, required=False)
    name = Text(max_length=80, required=False, allow_blank=True)


class ReplayIn(StrictSerializer):
    since = serializers.DateTimeField(help_text="What was told from then on and not taken; 30 days back at most.")


class DeliveryFilters(StrictSerializer):
    endpoint_id = serializers.UUIDField(required=False)
    state = OneOf(DeliveryState.values, required=False)
    type = Identifier(max_length=60, required=False)


class HookTopicOut(serializers.Serializer):
    type = serializers.CharField()
    about = serializers.CharField(help_text="What the sequence counts: one payment, one payout …")
    told_when = serializers.CharField()
    example = serializers.DictField()


class HookTopicsOut(serializers.Serializer):
    data = HookTopicOut(many=True)  # type: ignore[assignment]


class EndpointOut(serializers.Serializer):
    id = serializers.UUIDField()
    url = serializers.CharField()
    name = serializers.CharField()
    topics = serializers.ListField(child=serializers.CharField())
    state = serializers.ChoiceField(EndpointState.choices)
    why = serializers.CharField()
    failing_since = serializers.DateTimeField(allow_null=True)
    old_secret_until = serializers.DateTimeField(source="previous_until", allow_null=True)
    created_at = serializers.DateTimeField()


class FreshEndpointOut(EndpointOut):
    """With the secret, which is shown this once."""

    secret = serializers.CharField()


class DeliveryOut(serializers.Serializer):
    """One message on its way to one endpoint."""

    id = serializers.UUIDField()
    endpoint_id = serializers.UUIDField()
    webhook_id = serializers.CharField(source="message.webhook_id")
    type = serializers.CharField(source="message.type")
    about = serializers.CharField()
    sequence = serializers.IntegerField()
    state = serializers.ChoiceField(DeliveryState.choices)
    tries = serializers.IntegerField()
    next_try_at = serializers.SerializerMethodField()
    done_at = serializers.DateTimeField(allow_null=True)
    last_status = serializers.IntegerField(allow_null=True)
    last_error = serializers.CharField()
    told_at = serializers.DateTimeField(source="message.told_at")

    def get_next_try_at(self, row: Any) -> str | None:
        return row.due_at.isoformat() if row.state == DeliveryState.DUE else None


class AttemptOut(serializers.Serializer):
    at = serializers.DateTimeField()
    milliseconds = serializers.IntegerField()
    status = serializers.IntegerField(allow_null=True)
    error = serializers.CharField()
    said = serializers.CharField(help_text="The beginning of the answer, without what may not be kept.")


class DeliveryDetailOut(DeliveryOut):
    """With the body that was signed, and each try."""

    body = serializers.CharField(source="message.body")
    attempts = serializers.SerializerMethodField()

    def get_attempts(self, row: Any) -> list[dict[str, Any]]:
        return list(AttemptOut(self.context["attempts"], many=True).data)


class ReplayedOut(serializers.Serializer):
    deliveries = serializers.IntegerField()
