"""Our accounts with the providers that the sandbox plays."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from foundation import clock
from foundation.actors import system
from processors.crypto.models import HdKey
from processors.crypto.services import add_key
from processors.payments.models import MerchantAccount

CARDS = ["USD", "EUR", "GBP", "CAD", "AUD", "JPY"]
COINS = ["USD", "EUR", "GBP", "CAD", "AUD"]
FEES = dict.fromkeys(CARDS, 2500) | {"JPY": 3_000}
# Of words that are published for tests: whoever pays real coins to these accounts has lost them.
PUBLISHED_KEYS = {
    "BTC": (
        "zpub6rFR7y4Q2AijBEqTUquhVz398htDFrtymD9xYYfG1m4wAcvPhXNfE3Ef"
        "H1r1ADqtfSdVCToUG868RvUUkgDKf31mGDtKsAYz2oz2AGutZYs"
    ),
    "ETH": (
        "xpub6DCoCpSuQZB2jawqnGMEPS63ePKWkwWPH4TU45Q7LPXWuNd8TMtVxRrg"
        "jtEshuqpK3mdhaWHPFsBngh5GFZaM6si3yZdUsT8ddYM3PwnATt"
    ),
}
USDC = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"


def accounts(base: str) -> dict[str, dict[str, Any]]:
    """Each account by its slug, as it is reached under this address."""
    return {
        "ccbill-main": {
            "provider": "ccbill",
            "currencies": CARDS,
            "rank": 10,
            "settings": {
                "api_url": f"{base}/ccbill", "forms_url": f"{base}/ccbill",
                "datalink_url": f"{base}/ccbill/datalink", "source_ranges": ["127.0.0.0/8"], "dispute_fee_minor": FEES,
            },
        },
        "onchain": {
            "provider": "onchain",
            "currencies": COINS,
            "rank": 20,
            "settings": {
                "secrets_of": "chain", "btc_url": f"{base}/chain/btc", "eth_url": f"{base}/chain/eth",
                "coins": ["BTC", "ETH", "USDC"], "usdc_contract": USDC,
            },
        },
        "bitpay-main": {
            "provider": "bitpay",
            "currencies": COINS,
            "rank": 30,
            "settings": {"base_url": f"{base}/bitpay"},
        },
    }  # fmt: skip


def seed_merchants() -> None:
    """The accounts as they are reached today: the sandbox has another port at every start."""
    for slug, account in accounts(settings.SANDBOX_URL.rstrip("/")).items():
        MerchantAccount.objects.update_or_create(slug=slug, defaults=account)
    for coin, key in PUBLISHED_KEYS.items():
        if not HdKey.objects.filter(chain=coin).exists():
            add_key(coin=coin, account_key=key, network="main", by=system("demo"), at=clock.now())
