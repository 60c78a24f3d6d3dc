"""Payouts in coins on the sandbox's chains: its signers broadcast, and our own nodes say what was paid."""

from datetime import UTC, date, datetime, timedelta

import pytest

from foundation.errors import Invalid
from foundation.ids import uuid7
from foundation.money import Money
from processors.crypto.services.paying import OurChains
from processors.gateways.rails.coins import Coins
from processors.gateways.rails.references import reference_of
from processors.gateways.rails.types import BatchToWrite, RailRequest, RailResult
from processors.gateways.types import Merchant

BTC, ETH = "bc1qp59yckz4ae5c4efgw2s5wfyvrz0ala7rgvuz8z", "0xb6716976A3ebe8D39aCEB04372f22Ff8e6802D7A"
AMOUNTS = {"BTC": Money(1_500_000, "BTC"), "ETH": Money(70_000_000, "ETH"), "USDC": Money(25_000_000, "USDC")}


@pytest.fixture
def signers(coins):
    class Signers:
        rail = Coins(OurChains())
        merchant = Merchant(
            "crypto-main", "crypto", {"base_url": f"{coins.gateways.base}/treasury"}, coins.gateways.gateways["crypto"]
        )

        def plan(self, kind: str, request: RailRequest) -> None:
            order = {"rail": "crypto", "plan": kind, "reference": request.reference}
            coins.control.ask("/_sandbox/rails/plans", order)

        def asked(self, coin: str) -> RailRequest:
            to = {"coin": coin, "address": BTC if coin == "BTC" else ETH}
            return RailRequest(reference_of(uuid7(), 1), AMOUNTS[coin], to, "Maya")

        def hand_over(self, *requests: RailRequest) -> RailResult:
            batch = BatchToWrite(f"CRYPTO-{uuid7().hex[:12]}", date.today(), 1, requests)
            file = self.rail.build(self.merchant, batch)
            return self.rail.transmit(self.merchant, file, batch.reference).result

        def ask(self, request: RailRequest):
            return self.rail.status(self.merchant, request.reference, "", datetime.now(UTC), request)

        def mine(self, blocks: int) -> None:
            for chain in ("btc", "eth"):
                coins.mine(chain, blocks)

    there = Signers()
    coins.control.ask("/_sandbox/rails/forget", {})
    return there


def test_coins_are_paid_when_our_node_shows_them_deep_enough(signers):
    requests = [signers.asked(coin) for coin in AMOUNTS]
    assert signers.ask(requests[0]).result is RailResult.NOT_SENT
    assert signers.hand_over(*requests) is RailResult.ACCEPTED
    told = {one.reference: one for one in signers.rail.reports(signers.merchant, datetime.now(UTC) - timedelta(1))}
    for one in requests:
        assert signers.ask(one).result is RailResult.ACCEPTED
        assert told[one.reference].provider_ref
    signers.mine(2)
    assert [signers.ask(one).result for one in requests] == [RailResult.ACCEPTED] * 3
    signers.mine(1)
    assert [signers.ask(one).result for one in requests] == [RailResult.PAID, RailResult.ACCEPTED, RailResult.ACCEPTED]
    signers.mine(9)
    for one in requests:
        paid = signers.ask(one)
        assert paid.result is RailResult.PAID
        assert paid.provider_ref.startswith(told[one.reference].provider_ref)


@pytest.mark.parametrize("coin", AMOUNTS)
@pytest.mark.parametrize(
    ("kind", "after"),
    [("refuse", RailResult.REFUSED), ("return", RailResult.REFUSED), ("wrong_amount", RailResult.UNKNOWN),
     ("silent", RailResult.ACCEPTED)],
)  # fmt: skip
def test_what_the_chain_does_not_show_is_not_paid(signers, coin, kind, after):
    request = signers.asked(coin)
    signers.plan(kind, request)
    assert signers.hand_over(request) is RailResult.ACCEPTED
    signers.mine(12)
    assert signers.ask(request).result is after


def test_a_list_the_treasury_cannot_cover_pays_nobody(signers):
    request = signers.asked("BTC")
    signers.plan("reject", request)
    assert signers.hand_over(request) is RailResult.REFUSED
    assert signers.ask(request).result is RailResult.NOT_SENT


def test_the_contract_of_a_coin_is_no_place_to_send_it_to(signers, coins):
    contract = coins.setup.contract_of("USDC")
    with pytest.raises(Invalid):
        signers.rail.read_destination({"coin": "USDC", "address": contract})
