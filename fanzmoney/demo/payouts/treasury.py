"""What lies where payouts leave from: processors settle with us, and files that banks forgot are handed over again."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction

from fanzmoney.demo.people import DEMO
from foundation import clock
from foundation.ids import named_id
from foundation.money import Money
from ledger import chart
from ledger.flows import post_legs
from ledger.rules.flows.settlement import Statement, settle
from ledger.selectors import find_account, get_balance
from payouts.life.models import PayoutBatch
from payouts.life.services.batches import tell_file
from payouts.life.states import BatchState
from processors.gateways.rails.base import rails
from processors.gateways.rails.types import RailFile
from processors.payments.directory import merchant

PROCESSOR, FEE_BASIS_POINTS, COMES_PERCENT = "ccbill-main", 290, 75
# To which of our accounts it settles, in shares of a hundred; the bank's file account gets too little.
GOES_TO = {
    "USD": {"paxum": 55, "epayservice": 28, "ach": 9, "wire": 8}, "EUR": {"sepa": 85, "wire": 15}, "GBP": {"wire": 100},
}  # fmt: skip


def bring_cash(chapter: str) -> None:
    """The processor pays out most of what it holds for us, once in a chapter."""
    for currency, shares in GOES_TO.items():
        account = find_account(chart.clearing(PROCESSOR, currency))
        held = get_balance(account).posted.minor if account else 0
        for rail, share in shares.items():
            gross = Money(held * COMES_PERCENT * share // 10_000, currency)
            if gross.minor > 0:
                _settle(chapter, rail, gross)


def _settle(chapter: str, rail: str, gross: Money) -> None:
    fees, nothing = Money(gross.minor * FEE_BASIS_POINTS // 10_000, gross.currency), Money.zero(gross.currency)
    told = Statement(PROCESSOR, rail, gross, fees, nothing, nothing, gross - fees)
    with transaction.atomic():
        post_legs(journal_id=named_id("demo.settlement", chapter, rail, gross.currency), legs=settle(told))


def hand_over_again() -> int:
    """The played banks and signers forget their files when they stop: the same bytes under the same reference are
    still one file. Returns how many were handed over."""
    if not settings.SANDBOX_URL:
        return 0
    open_ones = PayoutBatch.objects.filter(state__in=(BatchState.TRANSMITTED, BatchState.ACCEPTED)).order_by("pk")
    for batch in open_ones:
        file = RailFile(batch.file_name, bytes(batch.file or b""))
        rail = rails.find(batch.rail)
        outcome = rail.transmit(merchant(batch.merchant_account_id), file, batch.reference)  # type: ignore[union-attr]
        tell_file(batch_id=batch.pk, outcome=outcome, by=DEMO, at=clock.now())
    return len(open_ones)
