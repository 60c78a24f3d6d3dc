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
                "settles_after_days": 3, "report_every_seconds": 2,
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


def rail_accounts(base: str) -> dict[str, dict[str, Any]]:
    """Our accounts with those who carry payouts."""
    reached = {
        "paxum": (["USD", "EUR"], {"api_url": f"{base}/paxum/payment/api/paymentAPI.php"}),
        "epayservice": (["USD"], {"base_url": f"{base}/epayservice/open_api", "pays_by_api": True}),
        "ach": (["USD"], {"base_url": f"{base}/bank/ach", "bank_name": "SANDBOX BANK"}),
        "sepa": (["EUR"], {"base_url": f"{base}/bank/sepa"}),
        "wire": (["USD", "EUR", "GBP", "CAD", "AUD", "CHF", "JPY"], {"base_url": f"{base}/bank/wire"}),
        "crypto": (["BTC", "ETH", "USDC"], {"base_url": f"{base}/treasury"}),
    }
    return {
        f"{rail}-main": {"provider": rail, "currencies": currencies, "rank": 100, "settings": where}
        for rail, (currencies, where) in reached.items()
    }


def seed_merchants() -> None:
    """The accounts as they are reached today: the sandbox has another port at every start."""
    base = settings.SANDBOX_URL.rstrip("/")
    for slug, account in (accounts(base) | rail_accounts(base)).items():
        MerchantAccount.objects.update_or_create(slug=slug, defaults=account)
    for coin, key in PUBLISHED_KEYS.items():
        if not HdKey.objects.filter(chain=coin).exists():
            add_key(coin=coin, account_key=key, network="main", by=system("demo"), at=clock.now())
