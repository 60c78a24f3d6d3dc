"""BitPay: invoices on their page, refunds by their API, notifications that only make us ask."""

from processors.gateways.bitpay.adapter import BitPay
from processors.gateways.bitpay.client import BitPayError, fetch_rates

__all__ = ["BitPay", "BitPayError", "fetch_rates"]
