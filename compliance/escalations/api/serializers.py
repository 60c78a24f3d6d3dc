"""Escalations as another back office reads and works on them."""

from __future__ import annotations

from rest_framework import serializers

from compliance.escalations.states import Act, Decision, Department, EscalationState, EscalationType, Severity
from foundation.http.fields import MoneyField, OneOf, Text, WholeNumber
from foundation.http.serializers import StrictSerializer

BY_PEOPLE = (Act.TAKEN, Act.ASSIGNED, Act.NOTED, Act.ESCALATED, Act.PAUSED, Act.RESUMED)


class EscalationFilters(StrictSerializer):
    state = OneOf(EscalationState.values, required=False)
    severity = OneOf(Severity.values, required=False)
    department = OneOf(Department.values, required=False)
    type = OneOf(EscalationType.values, required=False)
    creator_id = serializers.UUIDField(required=False)


class EscalationIn(StrictSerializer):
    creator_id = serializers.UUIDField()
    type = OneOf(EscalationType.values)
    severity = OneOf(Severity.values)
    department = OneOf(Department.values, required=False, help_text="By the type if left out.")
    description = Text(max_length=1000)


class EscalationActionIn(StrictSerializer):
    action = OneOf([str(act) for act in BY_PEOPLE])
    notes = Text(max_length=2000, required=False, help_text="Needed for NOTED, ESCALATED and PAUSED.")
    assignee_id = serializers.UUIDField(required=False, help_text="For ASSIGNED: the colleague.")


class ResolutionIn(StrictSerializer):
    decision = OneOf(Decision.values)
    reasoning = Text(max_length=2000)
    legal_basis = Text(max_length=200, required=False, help_text="Needed for CONFIRMED and REPORTED.")
    version = WholeNumber(least=1, most=2**31 - 1, help_text="Of the escalation as you read it.")


class EscalationOut(serializers.Serializer):
    id = serializers.UUIDField()
    creator_id = serializers.UUIDField()
    type = serializers.ChoiceField(EscalationType.choices)
    severity = serializers.ChoiceField(Severity.choices)
    department = serializers.ChoiceField(Department.choices)
    state = serializers.ChoiceField(EscalationState.choices)
    source = serializers.CharField()  # type: ignore[assignment]
    description = serializers.CharField()
    payouts = serializers.ListField(child=serializers.CharField())
    amounts = serializers.ListField(child=MoneyField())
    risk_factors = serializers.ListField(child=serializers.CharField())
    legal_basis = serializers.CharField()
    assigned_to = serializers.CharField()
    opened_by = serializers.CharField()
    opened_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    first_reviewed_at = serializers.DateTimeField(allow_null=True)
    escalated_at = serializers.DateTimeField(allow_null=True)
    paused_at = serializers.DateTimeField(allow_null=True)
    paused_seconds = serializers.IntegerField()
    resolved_at = serializers.DateTimeField(allow_null=True)
    resolved_by = serializers.CharField()
    decision = serializers.ChoiceField(Decision.choices, allow_null=True)
    reasoning = serializers.CharField()
    version = serializers.IntegerField()


class EscalationActionOut(serializers.Serializer):
    at = serializers.DateTimeField()
    actor = serializers.CharField()
    action = serializers.ChoiceField(Act.choices)
    notes = serializers.CharField()


class ActionsOut(serializers.Serializer):
    data = EscalationActionOut(many=True)  # type: ignore[assignment]
