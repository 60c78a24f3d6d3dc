"""A creator's own statements, as they read them."""

from __future__ import annotations

from rest_framework import serializers

from foundation.http.fields import MoneyField, OneOf
from foundation.http.paging import Paging
from foundation.http.serializers import StrictSerializer
from foundation.money import EXPONENTS
from ledger.selectors import StatementLine
from payouts.statements.rules.words import in_words


class WhichPurse(StrictSerializer):
    currency = OneOf(sorted(EXPONENTS), required=False)


class StatementDays(StrictSerializer):
    may_not_fit = True

    currency = OneOf(sorted(EXPONENTS))
    since = serializers.DateField(help_text="The first day, by UTC; 1970-01-01 at the earliest.")
    until = serializers.DateField(help_text="The last day, in it; a year after the first at most.")


class StatementPageQuery(StatementDays, Paging):
    pass


class StatementMonthOut(serializers.Serializer):
    month = serializers.DateField(help_text="Its first day.")
    opening = MoneyField()
    credits = MoneyField()
    debits = MoneyField()
    closing = MoneyField()
    movements = serializers.IntegerField()


class CreatorPurseOut(serializers.Serializer):
    currency = serializers.CharField()
    balance = MoneyField(help_text="What is available now, held money included.")
    months = StatementMonthOut(many=True)


class CreatorPursesOut(serializers.Serializer):
    data = CreatorPurseOut(many=True)  # type: ignore[assignment]


class CreatorStatementLineOut(serializers.Serializer):
    id = serializers.UUIDField(source="transfer_id", help_text="Its number in the books.")
    journal_id = serializers.UUIDField()
    at = serializers.DateTimeField()
    kind = serializers.CharField()
    what = serializers.SerializerMethodField()
    amount = MoneyField()
    balance = MoneyField()
    reverses = serializers.UUIDField(allow_null=True)

    def get_what(self, line: StatementLine) -> str:
        return in_words(line.kind)


class CreatorStatementOut(serializers.Serializer):
    currency = serializers.CharField()
    since = serializers.DateField()
    until = serializers.DateField()
    opening = MoneyField()
    credits = MoneyField()
    debits = MoneyField()
    closing = MoneyField()
    movements = serializers.IntegerField()
    data = CreatorStatementLineOut(many=True)  # type: ignore[assignment]
    next = serializers.URLField(allow_null=True)
