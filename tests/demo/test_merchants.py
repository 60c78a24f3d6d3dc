"""The demo's accounts with the providers the sandbox plays, and the addresses it gives."""

import pytest

from fanzmoney.demo.merchants import seed_merchants
from foundation import clock, nearby
from processors.crypto.models import HdKey
from processors.crypto.services import give_address
from processors.crypto.setup import our_setup
from processors.gateways.rails.base import rails
from processors.models import MerchantAccount
from processors.payments.directory import merchant

pytestmark = pytest.mark.django_db


def test_both_ways_to_take_coins_are_set_up_and_seeding_again_changes_nothing(settings):
    settings.SANDBOX_URL = "http://127.0.0.1:9"
    seed_merchants()
    given = give_address(chain="BTC", at=clock.now())
    seed_merchants()
    nearby.forget_all()

    setup = our_setup()

    assert set(MerchantAccount.objects.values_list("slug", flat=True)) == {
        "ccbill-main", "onchain", "bitpay-main",
        "paxum-main", "epayservice-main", "ach-main", "sepa-main", "wire-main", "crypto-main",
    }  # fmt: skip
    assert [node.chain for node in setup.nodes()] == ["BTC", "ETH"]
    assert setup.contract_of("USDC")
    assert given.address == "bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu"
    assert give_address(chain="BTC", at=clock.now()).index == 1
    assert {merchant(f"{rail}-main").provider for rail in rails} == set(rails)
    assert HdKey.objects.count() == 2
