"""`bench payouts --only file`: five thousand creators are paid by one ACH file, and the bank says that it paid."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from django.db.models import F

from fanzmoney.trials.payout_faults.outside import played_rails
from foundation import clock, nearby
from foundation.actors import system
from foundation.benches import Goal, Measure, bench
from foundation.identity import keys
from foundation.identity.models import Party
from foundation.ids import uuid7
from foundation.money import Money
from ledger import chart
from ledger.flows.journal import post_journals
from ledger.rules.legs import Leg
from ledger.selectors import get_trial_balance
from payouts.life.models import Payout, PayoutBatch, PayoutInstruction
from payouts.life.services import file_due
from payouts.life.services.batches import tell_file
from payouts.methods.models import PayoutMethod
from processors.gateways.rails.types import RailOutcome, RailResult
from processors.payments.models import MerchantAccount

ENTRIES = 5_000
ACCOUNT, AMOUNT, FEE = "ach-bench", Money(100_00, "USD"), Money(1_00, "USD")
BY = system("bench")


def file() -> Mapping[str, float]:
    """Chosen, written, noted with the books of each, handed over and taken; then the bank's word that all were paid."""
    wanted = _queued(ENTRIES)
    with played_rails() as there:
        MerchantAccount.objects.filter(provider="ach").update(is_open=False)
        where = {"base_url": f"{there.base}/bank/ach", "bank_name": "SANDBOX BANK"}
        MerchantAccount.objects.update_or_create(
            slug=ACCOUNT, defaults={"provider": "ach", "currencies": ["USD"], "settings": where, "is_open": True}
        )
        nearby.forget_all()
        began = time.perf_counter()
        done = file_due(rail="ach", by=BY)
        handed_over = time.perf_counter() - began
    batch = PayoutBatch.objects.defer("file").get(merchant_account_id=ACCOUNT)
    taken = Payout.objects.filter(pk__in=wanted, state="PROCESSING").count()
    began = time.perf_counter()
    tell_file(batch_id=batch.pk, outcome=RailOutcome(RailResult.PAID), by=BY, at=clock.now())
    paid = time.perf_counter() - began
    instructions = PayoutInstruction.objects.filter(payout_id__in=wanted, state="DONE").count()
    wrong = abs(done.files - 1) + sum(abs(ENTRIES - count) for count in (done.payouts, taken, instructions))
    return {"file": handed_over, "file.paid": paid, "file.wrong": wrong + (not get_trial_balance().is_balanced)}


def _queued(count: int) -> list[UUID]:
    """Payouts of as many creators whose run is due, with their money in escrow."""
    at = clock.now() - timedelta(days=9)
    creators = Party.objects.bulk_create(
        Party(kyc_state=Party.Check.PASSED, key_id=key_id) for key_id in keys.make_keys(count)
    )
    opened = keys.read_keys(creator.key_id for creator in creators)
    methods = PayoutMethod.objects.bulk_create(
        [_method(nth, creator, opened[creator.key_id]) for nth, creator in enumerate(creators)], batch_size=1_000
    )
    mine = PayoutMethod.objects.filter(pk__in=[method.pk for method in methods])
    mine.update(state="ACTIVE", version=F("version") + 1, verified_by="bench", verified_at=at, usable_from=at)
    payouts = Payout.objects.bulk_create(
        [
            Payout(creator=method.creator, method=method, rail="ach", amount_minor=AMOUNT.minor, fee_minor=FEE.minor,
                   currency="USD", requested_by="bench", requested_at=at)
            for method in methods
        ],
        batch_size=1_000,
    )  # fmt: skip
    ids = [row.pk for row in payouts]
    for state in ("SCREENED", "IN_ESCROW", "APPROVED", "QUEUED"):
        Payout.objects.filter(pk__in=ids).update(state=state, version=F("version") + 1, due_at=at)
    paid_from = chart.clearing(ACCOUNT, "USD")
    post_journals(
        (row.pk, [Leg("trial", paid_from, chart.creator("escrow", row.creator_id, "USD"), AMOUNT)], None)
        for row in payouts
    )
    return ids


def _method(nth: int, creator: Party, key: bytes) -> PayoutMethod:
    id = uuid7()
    details = {
        "name": "Maya Example", "routing_number": "011000015", "account_number": f"{nth:09d}",
        "account_type": "checking", "holder": "person",
    }  # fmt: skip
    return PayoutMethod(
        id=id, creator=creator, rail="ach", currency="USD", label="bench", fingerprint=creator.pk.bytes,
        sealed=keys.seal(key, json.dumps(details).encode(), bound_to=id), created_at=clock.now(), created_by="bench",
    )  # fmt: skip


bench("payouts").add(
    "file",
    Measure(
        file,
        [
            Goal("file", f"{ENTRIES:,} payouts written into a file, booked, handed over and taken", "s", 60),
            Goal("file.paid", "The bank's word that all of them were paid, written down", "s", 60),
            Goal("file.wrong", "Payouts not in it, not taken or not paid exactly once", "payouts", 0, "exactly"),
        ],
        runs=1,
    ),
)
