"""BitPay's protocol, against payloads in its own words: what is sent, what is made of each answer."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from foundation.errors import Invalid
from foundation.money import Money
from processors.gateways import bitpay, http
from processors.gateways.bitpay import BitPay, client, fetch_rates
from processors.gateways.types import (
    ChargeRequest,
    Code,
    EventKind,
    Merchant,
    Proof,
    ProviderEvent,
    Ref,
    RefundRequest,
    Result,
    Webhook,
)

RECORDED = Path(bitpay.__file__).parent / "recorded"
MERCHANT = Merchant(
    slug="bitpay-main",
    provider="bitpay",
    settings={"base_url": "https://test.bitpay.example/"},
    secrets={"token": "tok-1", "private_key": "01" * 32},
)
REFERENCE, PRICE = "0192f0c1-7d3e-1", Money(23_80, "USD")
CHARGE = Ref(REFERENCE, "G3viJEJgE8Jk2oekSdgT2A", amount=PRICE)
ASKED = ChargeRequest(
    reference=REFERENCE, amount=PRICE, return_url="https://boyfanz.example/thanks", description="A month with Maya",
    notify_url="https://money.example/webhooks/bitpay/", coin="BTC",
)  # fmt: skip
REFUND = RefundRequest(reference="refund-0192f0c2-1", charge=CHARGE, amount=Money(11_90, "USD"), is_whole=False)


def recorded(name: str, **changes) -> bytes:
    payload = json.loads((RECORDED / f"{name}.json").read_text(), parse_float=Decimal)
    if "data" in payload and changes:
        payload["data"].update(changes)
    return json.dumps(payload, default=str).encode() if changes else (RECORDED / f"{name}.json").read_bytes()


@pytest.fixture
def wire(monkeypatch):
    """The wire in place of the network: give it what comes back, look at what went out."""

    class Wire:
        sent, comes = [], None

        def call(self, method, url, *, headers, body=b"", **_):
            self.sent.append((method, url, headers, body))
            if isinstance(self.comes, Exception):
                raise self.comes
            status, text = self.comes
            return http.Answer(status, {}, text)

    there = Wire()
    there.sent = []
    monkeypatch.setattr(client.http, "call", there.call)
    return there


def test_an_invoice_is_asked_for_under_our_reference_and_signed_to_the_last_byte(wire):
    wire.comes = 200, recorded("invoice_new")

    outcome = BitPay().charge(MERCHANT, ASKED)

    ((method, url, headers, body),) = wire.sent
    assert (method, url) == ("POST", "https://test.bitpay.example/invoices")
    assert body == (
        b'{"currency":"USD","guid":"0192f0c1-7d3e-1","orderId":"0192f0c1-7d3e-1","itemDesc":"A month with Maya",'
        b'"notificationURL":"https://money.example/webhooks/bitpay/","redirectURL":"https://boyfanz.example/thanks",'
        b'"transactionSpeed":"medium","fullNotifications":true,"extendedNotifications":true,'
        b'"paymentCurrencies":["BTC"],"token":"tok-1","price":23.80}'
    )
    _verify(headers, url, body)
    assert (outcome.result, outcome.provider_ref, outcome.amount) == (
        Result.ACTION_REQUIRED, "G3viJEJgE8Jk2oekSdgT2A", PRICE,
    )  # fmt: skip
    assert (outcome.action.kind, outcome.action.url) == (
        "redirect", "https://test.bitpay.com/invoice?id=G3viJEJgE8Jk2oekSdgT2A",
    )  # fmt: skip
    assert outcome.action.expires_at == datetime(2026, 3, 2, 12, 15, 0, 123_000, tzinfo=UTC)
    assert "sam@people.example" not in str(outcome)


def test_another_byte_breaks_the_signature(wire):
    wire.comes = 200, recorded("invoice_new")
    BitPay().charge(MERCHANT, ASKED)
    ((_, url, headers, body),) = wire.sent
    with pytest.raises(InvalidSignature):
        _verify(headers, url, body.replace(b"23.80", b"23.81"))


def test_a_question_is_signed_with_its_query(wire):
    wire.comes = 200, recorded("invoice_complete")
    outcome = BitPay().charge_status(MERCHANT, Ref(REFERENCE))
    ((method, url, headers, body),) = wire.sent
    assert (method, urlsplit(url).path, parse_qs(urlsplit(url).query)) == (
        "GET", f"/invoices/guid/{REFERENCE}", {"token": ["tok-1"]},
    )  # fmt: skip
    _verify(headers, url, body)
    assert (outcome.result, outcome.amount) == (Result.APPROVED, PRICE)


@pytest.mark.parametrize(
    ("status", "exception", "result", "code"),
    [
        ("new", False, Result.ACTION_REQUIRED, None),
        ("new", "paidPartial", Result.ACTION_REQUIRED, None),
        ("paid", False, Result.PENDING, None),
        ("paid", "paidOver", Result.PENDING, None),
        ("confirmed", False, Result.APPROVED, None),
        ("confirmed", "paidOver", Result.APPROVED, None),
        ("complete", False, Result.APPROVED, None),
        ("complete", "paidLate", Result.APPROVED, None),
        ("expired", False, Result.DECLINED, Code.EXPIRED),
        ("expired", "paidPartial", Result.DECLINED, Code.UNDERPAID),
        ("expired", "paidLate", Result.PENDING, None),
        ("invalid", False, Result.DECLINED, Code.OTHER),
        ("declined", False, Result.DECLINED, Code.OTHER),
        ("resting", False, Result.UNKNOWN, None),
    ],
)
def test_each_state_of_an_invoice_means_one_thing(wire, status, exception, result, code):
    wire.comes = 200, recorded("invoice_new", status=status, exceptionStatus=exception)
    outcome = BitPay().charge_status(MERCHANT, CHARGE)
    assert (outcome.result, outcome.code) == (result, code)


@pytest.mark.parametrize(
    "changes",
    [{"guid": "another"}, {"price": "abc"}, {"price": "23.801"}, {"currency": "XXX"}, {"price": None}, {"id": None}],
)
def test_an_answer_about_something_else_is_no_answer(wire, changes):
    wire.comes = 200, recorded("invoice_complete", **changes)
    outcome = BitPay().charge_status(MERCHANT, CHARGE)
    assert (outcome.result, outcome.provider_ref, outcome.amount) == (Result.UNKNOWN, "", None)


@pytest.mark.parametrize(
    ("comes", "result", "code"),
    [
        (http.NotSent("refused"), Result.NOT_SENT, None),
        (http.NoAnswer("lost"), Result.UNKNOWN, None),
        ((500, b"<html>"), Result.UNKNOWN, None),
        ((502, b'{"status":"error","message":"bad gateway"}'), Result.UNKNOWN, None),
        ((200, b'{"data":{"id":'), Result.UNKNOWN, None),
        ((200, b'{"data":{"price":NaN}}'), Result.UNKNOWN, None),
        ((200, b"[]"), Result.UNKNOWN, None),
        ((400, recorded("refused")), Result.DECLINED, Code.PROVIDER_ERROR),
        ((200, recorded("refused")), Result.DECLINED, Code.PROVIDER_ERROR),
        ((401, b"no"), Result.DECLINED, Code.CONFIG_ERROR),
        ((429, b""), Result.DECLINED, Code.PROVIDER_ERROR),
    ],
)
def test_only_a_certain_refusal_declines_a_charge(wire, comes, result, code):
    wire.comes = comes
    outcome = BitPay().charge(MERCHANT, ASKED)
    assert (outcome.result, outcome.code) == (result, code)
    assert len(wire.sent) == 1


@pytest.mark.parametrize(
    ("comes", "result"),
    [
        ((404, recorded("not_found")), Result.NOT_SENT),
        ((200, recorded("not_found")), Result.NOT_SENT),
        ((401, b"no"), Result.UNKNOWN),
        (http.NotSent("refused"), Result.UNKNOWN),
        (http.NoAnswer("lost"), Result.UNKNOWN),
        ((500, b""), Result.UNKNOWN),
    ],
)
def test_a_question_without_an_answer_leaves_it_unknown_and_only_bitpay_itself_says_never(wire, comes, result):
    wire.comes = comes
    assert BitPay().charge_status(MERCHANT, CHARGE).result is result
    wire.comes = comes
    assert BitPay().refund_status(MERCHANT, Ref("refund-0192f0c2-1"), CHARGE).result is result


def test_a_part_is_given_back_by_their_api(wire):
    wire.comes = 200, recorded("refund_created")
    outcome = BitPay().refund(MERCHANT, REFUND)
    ((_, url, headers, body),) = wire.sent
    _verify(headers, url, body)
    assert url.endswith("/refunds")
    assert body.endswith(b'"token":"tok-1","amount":11.90}')
    assert (outcome.result, outcome.provider_ref, outcome.amount) == (
        Result.PENDING, "WoE46gSLkJQS48RJEiNw3L", Money(11_90, "USD"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "result"),
    [
        ("preview", Result.PENDING), ("pending", Result.PENDING), ("success", Result.APPROVED),
        ("failure", Result.DECLINED), ("cancelled", Result.DECLINED), ("dreaming", Result.UNKNOWN),
    ],
)  # fmt: skip
def test_each_state_of_a_refund_means_one_thing(wire, status, result):
    wire.comes = 200, recorded("refund_created", status=status)
    assert BitPay().refund_status(MERCHANT, Ref("refund-0192f0c2-1"), CHARGE).result is result
    assert "/refunds/guid/refund-0192f0c2-1?" in wire.sent[-1][1]


@pytest.mark.parametrize(
    ("name", "kind", "reference", "key"),
    [
        ("notification_plain", EventKind.PENDING, REFERENCE, "G3viJEJgE8Jk2oekSdgT2A:paid:"),
        ("notification_extended", EventKind.CHARGED, REFERENCE, "G3viJEJgE8Jk2oekSdgT2A:confirmed:paidOver"),
        ("notification_refund", EventKind.REFUNDED, "refund-0192f0c2-1", "WoE46gSLkJQS48RJEiNw3L:success:"),
    ],
)
def test_a_notification_makes_us_ask_and_is_believed_nothing_else(name, kind, reference, key):
    webhook = _webhook(recorded(name))
    assert BitPay().check(MERCHANT, webhook).proof is Proof.TRIGGER
    (event,) = BitPay().parse(MERCHANT, webhook)
    assert (event.kind, event.reference, event.key) == (kind, reference, key)
    assert event.amount == (Money(11_90, "USD") if kind is EventKind.REFUNDED else None)
    assert "sam@" not in str(event)


@pytest.mark.parametrize(
    ("kind", "changes", "result", "amount"),
    [
        (EventKind.REFUNDED, {"status": "success"}, Result.APPROVED, Money(11_90, "USD")),
        (EventKind.REFUNDED, {"status": "pending"}, Result.NOT_SENT, None),
        (EventKind.REFUND_FAILED, {"status": "success"}, Result.NOT_SENT, None),
        (EventKind.REFUND_FAILED, {"status": "cancelled"}, Result.APPROVED, Money(11_90, "USD")),
        (EventKind.REFUNDED, {"status": "success", "invoice": "another"}, Result.NOT_SENT, None),
        (EventKind.REFUNDED, {"status": "success", "amount": "11.91"}, Result.NOT_SENT, None),
        (EventKind.REFUNDED, {"status": "success", "amount": "a lot"}, Result.UNKNOWN, None),
    ],
)
def test_a_refund_somebody_told_of_is_believed_when_bitpay_says_the_same(wire, kind, changes, result, amount):
    wire.comes = 200, recorded("refund_created", **changes)
    told = ProviderEvent("k", kind, provider_ref="WoE46gSLkJQS48RJEiNw3L", amount=Money(11_90, "USD"))
    outcome = BitPay().confirm(MERCHANT, told, CHARGE)
    assert (outcome.result, outcome.amount) == (result, amount)
    assert "/refunds/WoE46gSLkJQS48RJEiNw3L?" in wire.sent[0][1]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"1", b'{"status":"paid"}', b'{"id":7}', b'{"id":"a","invoice":"b"}', b'{"id":"a\\u0000b"}'],
)
def test_what_names_nothing_to_ask_about_is_not_read(body):
    with pytest.raises(Invalid):
        BitPay().parse(MERCHANT, _webhook(body))


def test_bitpay_wants_an_empty_answer():
    assert (BitPay().reply(is_taken=True).status, BitPay().reply(is_taken=True).body) == (200, b"")
    assert BitPay().reply(is_taken=False).status == 503


def test_rates_are_exact(wire):
    wire.comes = 200, recorded("rates")
    assert fetch_rates(MERCHANT, "BTC") == {
        "USD": Decimal("66666.67"), "EUR": Decimal("61234.5"), "JPY": Decimal("10000123"),
    }  # fmt: skip
    assert wire.sent[0][1] == "https://test.bitpay.example/rates/BTC"


def _verify(headers, url, body):
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256K1(), bytes.fromhex(headers["x-identity"]))
    key.verify(bytes.fromhex(headers["x-signature"]), url.encode() + body, ec.ECDSA(SHA256()))


def _webhook(body: bytes) -> Webhook:
    return Webhook(body, {}, {}, "203.0.113.9", datetime(2026, 3, 2, 12, 4, tzinfo=UTC))
