"""CCBill: charges by payment token, the hosted form, DataLink, reports and webhooks."""

from processors.gateways.ccbill.adapter import CCBill

__all__ = ["CCBill"]
