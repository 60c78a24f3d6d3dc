"""Our own addresses as a provider: nobody stands between the fan's coins and us, and nothing here can send any."""

from processors.gateways.onchain.adapter import Invoices, OnChain, PayTo, Progress, Standing

__all__ = ["Invoices", "OnChain", "PayTo", "Progress", "Standing"]
