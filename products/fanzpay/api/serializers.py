"""Payments as platforms ask for them and read them."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from foundation.errors import Invalid, Unprocessable
from foundation.http.fields import Address, Identifier, MoneyField, OneOf, Text, WholeNumber
from foundation.http.serializers import Body, StrictSerializer, error_in
from foundation.logs import holds_card_anywhere
from foundation.money import EXPONENTS
from ledger.rules.flows.sales import Product
from processors.gateways.types import Method
from processors.payments.states import PaymentState, RefundState, SubscriptionState

MOST_MINOR = 10**12
HERE = ("localhost", "127.0.0.1", "[::1]", "::1")


class ReturnUrl(serializers.URLField):
    """Where the buyer comes back to: https, or this machine outside of production."""

    default_error_messages = {"unsafe": "An https address without user, password or fragment is needed."}

    def to_internal_value(self, data: Any) -> str:
        url: str = super().to_internal_value(data)
        parts = urlsplit(url)
        is_safe = parts.scheme == "https" or (
            parts.scheme == "http" and parts.hostname in HERE and not settings.IS_PRODUCTION
        )
        if not is_safe or parts.username or parts.password or parts.fragment:
            self.fail("unsafe")
        return url


class Token(Identifier):
    """What the payment page of the provider gave for a card. It is used once and not kept."""

    default_error_messages = {"card": "This is no token. Card numbers are never sent here."}

    def to_internal_value(self, data: Any) -> str:
        value = super().to_internal_value(data)
        if re.fullmatch(r"[0-9]{12,19}", value):
            self.fail("card")
        return value


class CardlessBody(StrictSerializer):
    """A body in which no card's number may stand, in whatever field."""

    @classmethod
    def read(cls, request: Any) -> Body:
        refuse_cards(request)
        return super().read(request)


def refuse_cards(request: Any) -> None:
    """Refuse a request that holds a card's number anywhere, before anything of it is kept."""
    if holds_card_anywhere(request.data) or holds_card_anywhere(request.headers.get("Idempotency-Key", "")):
        raise Invalid("request.card_number", "This holds the number of a card. Send a token of the payment page.")


def refuse_unfit(*faults: tuple[str, bool, str]) -> None:
    """Refuse fields that are well formed and do not fit together."""
    errors = [error_in(field, "does_not_fit", sentence) for field, is_so, sentence in faults if is_so]
    if errors:
        raise Unprocessable("fanzpay.does_not_fit", "This does not fit together.", errors=errors)


class PeriodBody(StrictSerializer):
    period_days = WholeNumber(least=1, most=366)


class ChargeBody(CardlessBody):
    """What both a payment and a subscription say of the charge."""

    reference = Identifier(help_text="Your own name for it; used once.")
    fan = Identifier(help_text="Your own id of the fan who pays.")
    creator = Identifier(help_text="Your own id of the creator who sells.")
    amount_minor = WholeNumber(least=1, most=MOST_MINOR, help_text="In minor units, tax included.")
    currency = OneOf(sorted(EXPONENTS))
    tax_minor = WholeNumber(least=0, most=MOST_MINOR, required=False, default=0, help_text="The part that is tax.")
    jurisdiction = Identifier(max_length=20, required=False, default="none", help_text="Whose tax it is.")
    token = Token(max_length=200, required=False, default="", allow_blank=True)
    instrument_id = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text="A saved card of this fan, instead of a token."
    )
    description = Text(max_length=200, required=False, allow_blank=True, default="")
    return_url = ReturnUrl(max_length=500, required=False, default="", allow_blank=True)
    device = Identifier(
        max_length=64, required=False, default="", allow_blank=True, help_text="A hash of yours, no raw fingerprint."
    )
    ip = Address(required=False, allow_null=True, default=None, help_text="The fan's address.")


_CARD = {
    "reference": "order-1001", "fan": "fan-7", "creator": "creator-3", "product": "ppv", "amount_minor": 1299,
    "currency": "USD", "method": "card", "token": "tok_from_the_payment_page", "content_id": "clip-1",
    "return_url": "https://platform.example/thanks",
}  # fmt: skip
_CRYPTO = {
    "reference": "order-1002", "fan": "fan-7", "creator": "creator-3", "product": "tip", "amount_minor": 2500,
    "currency": "USD", "method": "crypto", "coin": "BTC",
}  # fmt: skip


@extend_schema_serializer(
    examples=[
        OpenApiExample("A card, by its token", _CARD, request_only=True),
        OpenApiExample("Bitcoin to an address of ours", _CRYPTO, request_only=True),
    ]
)
class PaymentBody(ChargeBody):
    """A fan pays a creator. Cards come as a token or a saved card, coins are paid to what the answer says."""

    product = OneOf([str(product) for product in Product])
    method = OneOf([str(method) for method in Method])
    coin = OneOf(["BTC", "BCH", "LTC", "ETH", "USDC", "DAI", "GUSD"], required=False, default="", allow_blank=True)
    content_id = Identifier(required=False, default="", allow_blank=True, help_text="Your own id of what is bought.")
    subscription = PeriodBody(required=False, allow_null=True, default=None, help_text="Pay again every period.")

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        has_token, has_card, is_card = (
            bool(said["token"]),
            said["instrument_id"] is not None,
            said["method"] == Method.CARD,
        )
        refuse_unfit(
            ("instrument_id", has_token and has_card, "A token or a saved card, not both."),
            ("token", not is_card and (has_token or has_card), "Coins need no card."),
            ("coin", is_card and bool(said["coin"]), "A card pays no coins."),
            ("tax_minor", said["tax_minor"] >= said["amount_minor"], "Tax is less than the whole."),
            ("subscription", bool(said["subscription"]) and not is_card, "Only cards pay again by themselves."),
        )
        return said


class SubscriptionBody(ChargeBody):
    """A fan pays a creator again every period, by card. The first payment is made at once."""

    period_days = WholeNumber(least=1, most=366)

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        is_one = bool(said["token"]) != (said["instrument_id"] is not None)
        refuse_unfit(
            ("token", not is_one, "A token or a saved card, one of them."),
            ("tax_minor", said["tax_minor"] >= said["amount_minor"], "Tax is less than the whole."),
        )
        return said


class WhyBody(CardlessBody):
    reason = Text(max_length=300, help_text="It stays with it.")


_REFUND = {"payment_id": "0198f2a0-5b1e-7c3a-9d2e-3f4a5b6c7d8e", "amount_minor": 500, "currency": "USD",
           "reason": "The clip was cut short"}  # fmt: skip


@extend_schema_serializer(examples=[OpenApiExample("A part of it", _REFUND, request_only=True)])
class RefundBody(CardlessBody):
    """Some or all of a payment goes back to the fan. Large ones wait for a person of ours."""

    payment_id = serializers.UUIDField()
    amount_minor = WholeNumber(least=1, most=MOST_MINOR)
    currency = OneOf(sorted(EXPONENTS))
    reason = Text(max_length=300)


class WhichPayments(StrictSerializer):
    state = OneOf(PaymentState.values, required=False)
    fan = Identifier(required=False)
    creator = Identifier(required=False)
    reference = Identifier(required=False)


class WhichRefunds(StrictSerializer):
    state = OneOf(RefundState.values, required=False)
    payment_id = serializers.UUIDField(required=False)


class WhichSubscriptions(StrictSerializer):
    state = OneOf(SubscriptionState.values, required=False)
    fan = Identifier(required=False)


class WhoseCards(StrictSerializer):
    fan = Identifier(help_text="Your own id of the fan.")


class CardOut(serializers.Serializer):
    brand = serializers.CharField()
    last4 = serializers.CharField()
    expires = serializers.CharField()


class PaymentOut(serializers.Serializer):
    """A payment as it stands. A refusal by a bank or by us is an answer, not an error: `DECLINED` with its code."""

    id = serializers.UUIDField()
    reference = serializers.CharField()
    state = serializers.ChoiceField(PaymentState.values)
    fan = serializers.CharField(allow_null=True)
    creator = serializers.CharField(allow_null=True)
    product = serializers.CharField()
    amount = MoneyField()
    tax = MoneyField()
    captured = MoneyField()
    refunded = MoneyField(help_text="Given back, or on its way.")
    disputed = MoneyField(help_text="Taken back by banks.")
    refundable = MoneyField()
    method = serializers.CharField()
    coin = serializers.CharField(allow_null=True)
    description = serializers.CharField()
    decline_code = serializers.CharField(allow_null=True)
    next_action = serializers.DictField(allow_null=True, help_text="What the buyer has to do: a page, or an address.")
    card = CardOut(allow_null=True)
    content_id = serializers.CharField(allow_null=True)
    subscription_id = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()
    captured_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    review_until = serializers.DateTimeField(allow_null=True)


class RefundOut(serializers.Serializer):
    id = serializers.UUIDField()
    payment_id = serializers.UUIDField()
    state = serializers.ChoiceField(RefundState.values)
    amount = MoneyField()
    reason = serializers.CharField()
    is_void = serializers.BooleanField()
    failure_code = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    done_at = serializers.DateTimeField(allow_null=True)


class SubscriptionOut(serializers.Serializer):
    id = serializers.UUIDField()
    reference = serializers.CharField()
    state = serializers.ChoiceField(SubscriptionState.values)
    fan = serializers.CharField(allow_null=True)
    creator = serializers.CharField(allow_null=True)
    amount = MoneyField()
    tax = MoneyField()
    period_days = serializers.IntegerField()
    failures = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    paid_until = serializers.DateTimeField(allow_null=True)
    cancelled_at = serializers.DateTimeField(allow_null=True)


class SubscriptionBegunOut(SubscriptionOut):
    payment = PaymentOut(help_text="The first payment.")


class InstrumentOut(serializers.Serializer):
    id = serializers.UUIDField()
    brand = serializers.CharField()
    last4 = serializers.CharField()
    expires = serializers.CharField()
    created_at = serializers.DateTimeField()
