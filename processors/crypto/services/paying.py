"""What the rail of coins asks of our own nodes."""

from __future__ import annotations

from foundation.errors import Invalid
from processors.crypto.nodes import NodeError
from processors.crypto.rules.addresses import CHAIN_OF, payable
from processors.crypto.setup import Setup, our_setup
from processors.gateways import http
from processors.gateways.rails.coins import NoNode, Output, Shown


class OurChains:
    """The chains as our nodes show them."""

    def address(self, coin: str, text: str) -> str:
        address, setup = payable(CHAIN_OF[coin], text), our_setup()
        if setup and address.lower() in {contract.lower() for contract in setup.contracts.values()}:
            raise Invalid("crypto.bad_address", "This is the contract of a coin: what is sent to it is lost.")
        return address

    def shown(self, coin: str, txid: str) -> Shown | None:
        setup = _setup()
        node = next((node for node in setup.nodes() if node.chain == CHAIN_OF[coin]), None)
        if node is None:
            raise NoNode(f"There is no node for {coin}.")
        try:
            sent = node.sent(txid)
        except (NodeError, http.NotSent, http.NoAnswer) as lost:
            raise NoNode(f"Our node cannot be asked: {lost}") from lost
        if sent is None:
            return None
        return Shown(
            sent.confirmations, tuple(Output(one.coin, one.address, one.units, one.index) for one in sent.found)
        )

    def enough(self, coin: str) -> int:
        return _setup().confirmations[coin]


def _setup() -> Setup:
    if (setup := our_setup()) is None:
        raise NoNode("Our nodes are not set up.")
    return setup
