"""Requests as programs read and write them: references and codes, no names."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from foundation.approvals.selectors import url_of
from foundation.approvals.states import State, Verdict
from foundation.http.fields import FlatObject, Identifier, MoneyField, OneOf, Text
from foundation.http.serializers import StrictSerializer


class ApprovalFilters(StrictSerializer):
    state = OneOf(State.values, required=False)
    kind = Identifier(max_length=40, required=False)


class ApprovalIn(StrictSerializer):
    kind = Identifier(max_length=40, help_text="Such as role.grant.")
    payload = FlatObject(help_text="The exact change; its fields belong to the kind.")
    reason = Text(max_length=500)


class DecisionIn(StrictSerializer):
    change_hash = serializers.RegexField(
        r"^[0-9a-f]{64}\Z", max_length=64, help_text="Of the request as you read it: a decision is bound to it."
    )
    reason = Text(max_length=500)


class WithdrawalIn(StrictSerializer):
    reason = Text(max_length=500)


class EffectOut(serializers.Serializer):
    name = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()


class DecisionOut(serializers.Serializer):
    decider = serializers.CharField()
    verdict = serializers.ChoiceField(Verdict.choices)
    reason = serializers.CharField()
    at = serializers.DateTimeField()


class ApprovalOut(serializers.Serializer):
    """A request in a list."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    title = serializers.CharField()
    state = serializers.ChoiceField(State.choices)
    change_hash = serializers.CharField()
    requester = serializers.CharField()
    affected = serializers.CharField()
    platform_id = serializers.UUIDField(allow_null=True)
    amount = MoneyField(allow_null=True)
    approvers_needed = serializers.IntegerField()
    requested_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    settled_at = serializers.DateTimeField(allow_null=True)
    failure_code = serializers.CharField()
    url = serializers.SerializerMethodField()

    def get_url(self, row: Any) -> str:
        return url_of(row.pk)


class ApprovalDetailOut(ApprovalOut):
    """One request with the exact change, what it does, and who decided what."""

    reason = serializers.CharField()
    payload = serializers.DictField()
    effects = serializers.SerializerMethodField()
    decisions = DecisionOut(many=True)

    def get_effects(self, row: Any) -> list[dict[str, str]]:
        return [dict(zip(("name", "before", "after"), effect, strict=True)) for effect in row.effects]
