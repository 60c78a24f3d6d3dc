"""Chains as their nodes tell of them."""

from processors.crypto.nodes.bitcoin import BitcoinNode
from processors.crypto.nodes.ethereum import EthereumNode
from processors.crypto.nodes.rpc import NodeError

__all__ = ["BitcoinNode", "EthereumNode", "NodeError"]
