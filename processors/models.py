from processors.payments.giving_back import Dispute, Refund
from processors.payments.models import Attempt, ChargeWarrant, Instrument, MerchantAccount, Payment, Subscription
from processors.webhooks.models import ProviderTold, WebhookCall

__all__ = [
    "Attempt", "ChargeWarrant", "Dispute", "Instrument", "MerchantAccount", "Payment", "ProviderTold", "Refund",
    "Subscription", "WebhookCall",
]  # fmt: skip
