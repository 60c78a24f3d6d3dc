"""Our own addresses as they are set up: one account of ours whose provider are the nodes."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from processors.crypto.errors import refusal
from processors.crypto.nodes import BitcoinNode, EthereumNode
from processors.crypto.nodes.rpc import Rpc
from processors.crypto.rules.addresses import CHAIN_OF, refuse_private
from processors.crypto.types import Block, Found, Pool, SentTx
from processors.gateways.types import Merchant
from processors.payments.directory import merchants_of

# F, "Crypto payments": confirmations until coins are ours.
CONFIRMATIONS: Final = {"BTC": 3, "ETH": 12, "USDC": 12}


class Node(Protocol):
    chain: str

    def height(self) -> int: ...
    def hash_at(self, height: int) -> str | None: ...
    def block(self, height: int) -> Block: ...
    def proved(self, block: Block, found: Iterable[Found]) -> list[Found]: ...
    def sent(self, txid: str) -> SentTx | None: ...
    def pool(self, known: Collection[str], asked: Collection[str]) -> Pool: ...


@dataclass(frozen=True, slots=True)
class Setup:
    """What the settings of the account say."""

    merchant: Merchant
    confirmations: Mapping[str, int]
    tolerance_basis_points: int
    open_for: timedelta
    rate_lasts: timedelta
    chain_id: int
    contracts: Mapping[str, str]

    @property
    def slug(self) -> str:
        return self.merchant.slug

    def nodes(self) -> list[Node]:
        settings, secrets = self.merchant.settings, self.merchant.secrets
        nodes: list[Node] = []
        if url := settings.get("btc_url"):
            nodes.append(BitcoinNode(Rpc(url, secrets.get("btc_user", ""), secrets.get("btc_password", ""))))
        if url := settings.get("eth_url"):
            rpc = Rpc(url, secrets.get("eth_user", ""), secrets.get("eth_password", ""))
            nodes.append(EthereumNode(rpc, dict(self.contracts)))
        return nodes

    def contract_of(self, coin: str) -> str:
        return self.contracts.get(coin, "")


def setup_of(merchant: Merchant) -> Setup:
    """The account's settings, with what is usual where they say nothing. Invalid when one of them could sign."""
    settings = merchant.settings
    refuse_private(json.dumps([settings, dict(merchant.secrets)]))
    return Setup(
        merchant=merchant,
        confirmations=CONFIRMATIONS | dict(settings.get("confirmations", {})),
        tolerance_basis_points=int(settings.get("tolerance_basis_points", 50)),
        open_for=timedelta(minutes=int(settings.get("open_minutes", 30))),
        rate_lasts=timedelta(seconds=int(settings.get("rate_seconds", 300))),
        chain_id=int(settings.get("chain_id", 1)),
        contracts={coin: settings[name] for coin, name in (("USDC", "usdc_contract"),) if settings.get(name)},
    )


def our_setup() -> Setup | None:
    """The account whose nodes are watched; None where there is none."""
    accounts = merchants_of("onchain")
    return setup_of(accounts[0]) if accounts else None


def chain_of(coin: str) -> str:
    if coin not in CHAIN_OF:
        raise refusal("crypto.unknown_coin", coin=coin)
    return CHAIN_OF[coin]
