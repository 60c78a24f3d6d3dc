"""Giving addresses, watching chains, booking what came."""

from processors.crypto.services.invoices import OurInvoices, open_invoice
from processors.crypto.services.keys import add_key, give_address
from processors.crypto.services.rates import fetch_all_rates, record_rates
from processors.crypto.services.sending import coins_back, settle_coin_refund
from processors.crypto.services.settling import settle_due, settle_invoice
from processors.crypto.services.watching import LeaseLost, Watcher, watch_once

__all__ = [
    "LeaseLost", "OurInvoices", "Watcher", "add_key", "coins_back", "fetch_all_rates", "give_address", "open_invoice",
    "record_rates", "settle_coin_refund", "settle_due", "settle_invoice", "watch_once",
]  # fmt: skip
