"""The adapter against BitPay as the sandbox plays it, which checks every signature by itself."""

import pytest

from foundation.ids import uuid7
from foundation.money import Money
from processors.gateways.bitpay import BitPay, fetch_rates
from processors.gateways.types import ChargeRequest, Code, Merchant, Ref, RefundRequest, Result

PRICE = Money(23_80, "USD")


@pytest.fixture
def bitpay(gateways):
    class There:
        def __init__(self) -> None:
            secrets = {name: gateways.gateways["bitpay"][name] for name in ("token", "private_key")}
            self.merchant = Merchant("bitpay-main", "bitpay", {"base_url": gateways.url("bitpay")}, secrets)
            self.control = gateways.control

        def charge(self, reference: str = "", price: Money = PRICE):
            reference = reference or f"{uuid7().hex}-1"
            made = BitPay().charge(self.merchant, ChargeRequest(reference, price, description="A month"))
            return made, Ref(reference, made.provider_ref, amount=price)

        def order(self, what: str, **said: str):
            return self.control.ask(f"/_sandbox/bitpay/{what}", said)

        def status(self, charge: Ref):
            return BitPay().charge_status(self.merchant, charge)

    return There()


def test_an_invoice_is_made_paid_confirmed_and_partly_refunded(bitpay):
    made, charge = bitpay.charge()
    assert (made.result, made.amount) == (Result.ACTION_REQUIRED, PRICE)
    assert made.action.url
    assert bitpay.status(Ref(charge.reference)).provider_ref == charge.provider_ref

    bitpay.order("invoices", invoice=charge.provider_ref, do="pay", coin="BTC", how="exact")
    assert bitpay.status(charge).result is Result.PENDING
    bitpay.order("invoices", invoice=charge.provider_ref, do="confirm")
    assert (bitpay.status(charge).result, bitpay.status(charge).amount) == (Result.APPROVED, PRICE)
    bitpay.order("invoices", invoice=charge.provider_ref, do="complete")

    wanted = RefundRequest(f"refund-{uuid7().hex}", charge, Money(11_90, "USD"), is_whole=False)
    refund = BitPay().refund(bitpay.merchant, wanted)
    assert (refund.result, refund.amount) == (Result.PENDING, Money(11_90, "USD"))
    bitpay.order("refunds", refund=refund.provider_ref, do="pending")
    bitpay.order("refunds", refund=refund.provider_ref, do="success")
    ended = BitPay().refund_status(bitpay.merchant, Ref(wanted.reference), charge)
    assert (ended.result, ended.provider_ref) == (Result.APPROVED, refund.provider_ref)


def test_the_same_reference_again_is_the_same_invoice(bitpay):
    made, charge = bitpay.charge()
    again, _ = bitpay.charge(charge.reference)
    assert again.provider_ref == made.provider_ref


@pytest.mark.parametrize(
    ("how", "result", "code"),
    [
        ("partial", Result.DECLINED, Code.UNDERPAID),
        ("late", Result.PENDING, None),
        ("over", Result.APPROVED, None),
    ],
)
def test_odd_payments(bitpay, how, result, code):
    _, charge = bitpay.charge()
    if how == "late":
        bitpay.order("invoices", invoice=charge.provider_ref, do="expire")
    bitpay.order("invoices", invoice=charge.provider_ref, do="pay", coin="BTC", how=how)
    if how == "partial":
        bitpay.order("invoices", invoice=charge.provider_ref, do="expire")
    if how == "over":
        bitpay.order("invoices", invoice=charge.provider_ref, do="confirm")
    outcome = bitpay.status(charge)
    assert (outcome.result, outcome.code) == (result, code)


def test_what_never_came_is_known_to_have_never_come(bitpay):
    assert bitpay.status(Ref(f"{uuid7().hex}-1")).result is Result.NOT_SENT
    assert BitPay().refund_status(bitpay.merchant, Ref("nothing"), Ref("nothing")).result is Result.NOT_SENT


def test_another_key_is_refused_and_nothing_is_made(bitpay):
    stranger = Merchant("b", "bitpay", bitpay.merchant.settings, {**bitpay.merchant.secrets, "private_key": "02" * 32})
    outcome = BitPay().charge(stranger, ChargeRequest(f"{uuid7().hex}-1", PRICE))
    assert (outcome.result, outcome.code) == (Result.DECLINED, Code.CONFIG_ERROR)


@pytest.mark.parametrize("fault", ["close_before", "close_after", "http_500", "half_body"])
def test_a_lost_answer_is_unknown_and_asking_tells(bitpay, fault):
    reference = f"{uuid7().hex}-1"
    bitpay.control.fault("bitpay", "invoice", fault)
    made, charge = bitpay.charge(reference)
    assert made.result is Result.UNKNOWN
    known = {"close_before": Result.NOT_SENT, "http_500": Result.NOT_SENT}
    assert bitpay.status(charge).result is known.get(fault, Result.ACTION_REQUIRED)


def test_rates_are_there_for_every_coin(bitpay):
    for coin in ("BTC", "ETH", "USDC"):
        assert fetch_rates(bitpay.merchant, coin)["USD"] > 0
