from processors.crypto.models import (
    ChainBlock,
    ChainWatch,
    CoinRate,
    CryptoInvoice,
    Deposit,
    DepositAddress,
    HdKey,
)
from processors.facts.models import FactMark, PayerMonth, SaleDay
from processors.payments.giving_back import Dispute, Refund
from processors.payments.models import Attempt, ChargeWarrant, Instrument, MerchantAccount, Payment, Subscription
from processors.webhooks.models import ProviderTold, WebhookCall

__all__ = [
    "Attempt", "ChainBlock", "ChainWatch", "ChargeWarrant", "CoinRate", "CryptoInvoice", "Deposit", "DepositAddress",
    "Dispute", "FactMark", "HdKey", "Instrument", "MerchantAccount", "PayerMonth", "Payment", "ProviderTold", "Refund",
    "SaleDay", "Subscription", "WebhookCall",
]  # fmt: skip
