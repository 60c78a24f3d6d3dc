"""The books as programs read them. A platform's program learns nothing of the other side unless that is its own too,
and of people only the ids it gave them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from foundation.http.fields import Identifier, MoneyField, OneOf, QueryNumber
from foundation.http.paging import Paging
from foundation.http.serializers import StrictSerializer
from foundation.money import EXPONENTS
from ledger.rules.flows.sales import Product
from ledger.types import Time

LARGEST_ACCOUNT = 2**63 - 1


class WhichAccounts(StrictSerializer):
    kind = Identifier(max_length=24, required=False)
    purpose = Identifier(max_length=40, required=False)
    source = Identifier(max_length=40, required=False)  # type: ignore[assignment]
    currency = OneOf(sorted(EXPONENTS), required=False)


class AsOf(StrictSerializer):
    as_of = serializers.DateTimeField(
        required=False, help_text="The books as they stood at this moment; now if left out."
    )
    time = OneOf([str(time) for time in Time], required=False, help_text="By effective time unless told otherwise.")


class WhichBalances(WhichAccounts, AsOf):
    pass


class Period(StrictSerializer):
    since = serializers.DateTimeField(help_text="The period begins here.")
    until = serializers.DateTimeField(help_text="The period ends before this moment.")
    time = OneOf([str(time) for time in Time], required=False, help_text="By effective time unless told otherwise.")


class StatementQuery(Period, Paging):
    pass


class WhichTransfers(Paging):
    account_id = QueryNumber(
        least=1, most=LARGEST_ACCOUNT, required=False,
        help_text="Movements of this account alone. Staff may leave it out and read all of them.",
    )  # fmt: skip


class WhichSplits(StrictSerializer):
    platform_id = serializers.UUIDField(required=False)
    product = OneOf([str(product) for product in Product], required=False)
    creator_id = serializers.UUIDField(required=False)
    in_force_at = serializers.DateTimeField(
        required=False, help_text="Of each scope only the version in force at this moment."
    )


class SplitOut(serializers.Serializer):
    """One version. What it leaves open is null: it is about all of them. The most particular one counts."""

    id = serializers.UUIDField()
    platform_id = serializers.UUIDField(allow_null=True)
    product = serializers.SerializerMethodField()
    creator_id = serializers.UUIDField(allow_null=True)
    creator_basis_points = serializers.IntegerField(help_text="The creator's part of a sale after tax, of 10,000.")
    active_from = serializers.DateTimeField()
    active_until = serializers.DateTimeField(allow_null=True)
    approval_id = serializers.UUIDField(allow_null=True)

    def get_product(self, row: Any) -> str | None:
        return row.product or None


class AccountOut(serializers.Serializer):
    """`party_id` and `path` are for staff; a platform knows a person as `member`, by the id it gave them."""

    id = serializers.CharField(help_text="A number of up to 19 digits.")
    kind = serializers.CharField()
    purpose = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    currency = serializers.CharField()
    platform_id = serializers.UUIDField(allow_null=True)
    party_id = serializers.UUIDField(allow_null=True)
    member = serializers.CharField(allow_null=True)
    path = serializers.CharField(allow_null=True)
    posted = MoneyField()
    held = MoneyField()
    available = MoneyField(allow_null=True, help_text="What may leave; null where nothing limits it.")
    opened_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)


class BalanceOut(serializers.Serializer):
    account_id = serializers.CharField()
    as_of = serializers.DateTimeField(allow_null=True)
    posted = MoneyField(help_text="Credits less debits.")
    held = MoneyField(allow_null=True, help_text="Known for now alone.")
    available = MoneyField(allow_null=True)


class SideOut(serializers.Serializer):
    account_id = serializers.CharField()
    path = serializers.CharField(allow_null=True)


class TransferOut(serializers.Serializer):
    """One immutable movement: the amount left `debit` and entered `credit`; a side that is not yours is null."""

    id = serializers.UUIDField()
    journal_id = serializers.UUIDField()
    kind = serializers.CharField()
    amount = MoneyField()
    debit = SideOut(allow_null=True)
    credit = SideOut(allow_null=True)
    recorded_at = serializers.DateTimeField()
    effective_at = serializers.DateTimeField()
    reverses = serializers.UUIDField(allow_null=True)
    meta = serializers.DictField(allow_null=True, help_text="For staff.")


class TransfersOut(serializers.Serializer):
    data = TransferOut(many=True)  # type: ignore[assignment]
    next = serializers.URLField(allow_null=True)


class JournalOut(serializers.Serializer):
    id = serializers.UUIDField()
    legs = TransferOut(many=True)


class StatementLineOut(serializers.Serializer):
    transfer_id = serializers.UUIDField()
    journal_id = serializers.UUIDField()
    kind = serializers.CharField()
    at = serializers.DateTimeField()
    amount = MoneyField(help_text="Signed: what it added to the account.")
    balance = MoneyField(help_text="What it left.")
    other_account_id = serializers.SerializerMethodField()
    reverses = serializers.UUIDField(allow_null=True)

    def get_other_account_id(self, line: Any) -> str | None:
        return None if line.other_id is None else str(line.other_id)


class StatementOut(serializers.Serializer):
    """opening + credits - debits = closing. `data` continues from page to page without a gap."""

    account_id = serializers.CharField()
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    opening = MoneyField()
    credits = MoneyField()
    debits = MoneyField()
    closing = MoneyField()
    movements = serializers.IntegerField()
    data = StatementLineOut(many=True)  # type: ignore[assignment]
    next = serializers.URLField(allow_null=True)


class TrialLineOut(serializers.Serializer):
    kind = serializers.CharField()
    purpose = serializers.CharField()
    accounts = serializers.IntegerField()
    debit = MoneyField()
    credit = MoneyField()


class TrialTotalOut(serializers.Serializer):
    debit = MoneyField()
    credit = MoneyField()
    difference = MoneyField()


class TrialBalanceOut(serializers.Serializer):
    as_of = serializers.DateTimeField(allow_null=True, source="at")
    is_balanced = serializers.BooleanField()
    lines = TrialLineOut(many=True)
    totals = TrialTotalOut(many=True)
