"""Creators with money and a destination at the played rail, and what has to be true of their payouts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from fanzmoney.demo.clockwork import as_of
from fanzmoney.trials.payout_faults.outside import Rails, played_rails
from foundation import clock, nearby
from foundation.actors import system
from foundation.faults import Run
from foundation.identity.models import Membership, Party, Platform
from foundation.identity.roles import Role
from foundation.identity.services import CheckResult, MemberIn, note_kyc, upsert_members
from foundation.ids import uuid7
from foundation.money import Money
from ledger import chart
from ledger.selectors import find_account, get_balance, get_trial_balance
from ledger.services import open_account, post
from ledger.types import Posting
from payouts.life.models import Payout, PayoutInstruction
from payouts.life.services import release_due, repair_due, request_payout, send_due
from payouts.methods.services import add_method, prove_by_hand
from processors.payments.models import MerchantAccount

BATTERY = system("battery")
ACCOUNT, RAIL, PRICE = "paxum-trial", "paxum", Money(100_00, "USD")
LONG_AGO = timedelta(days=9)
"""So long ago it was asked for that its hours are over, whatever they are."""
ASKED_AGAIN, SENT_AGAIN, BELIEVED = timedelta(minutes=5), timedelta(minutes=40), timedelta(hours=26)
"""The last: when a rail that does not list a payout is believed."""


@dataclass(frozen=True)
class Scene:
    rails: Rails

    def creator(self, money: Money = 3 * PRICE) -> UUID:
        """Known to us, with so much to ask for."""
        name, at = f"trial-{uuid7().hex}", clock.now() - timedelta(days=400)
        platform = Platform.objects.get(slug="boyfanz")
        with transaction.atomic():
            (row,) = upsert_members(
                platform_id=platform.pk, role=Role.CREATOR, members=[MemberIn(name, handle=name)], by=BATTERY, at=at
            )
            party_id: UUID = Membership.objects.get(pk=row.id).party_id
            note_kyc(party_id=party_id, result=CheckResult(Party.Check.PASSED, "trial", name), by=BATTERY, at=at)
            details = {"email": f"{name}@paxum.example"}
            added = add_method(creator_id=party_id, rail=RAIL, currency="USD", details=details, by=BATTERY, at=at)
            prove_by_hand(method_id=added.id, reason="a trial", by=BATTERY, at=at)
            paid_from, to = chart.clearing(ACCOUNT, "USD"), chart.creator("available", party_id, "USD")
            post(Posting(uuid7(), open_account(paid_from), open_account(to), money, "trial"))
        return party_id

    def waiting(self) -> Payout:
        """A payout whose hours are over and which nobody has released."""
        creator_id = self.creator()
        with transaction.atomic(), as_of(clock.now() - LONG_AGO) as then:
            return request_payout(creator_id=creator_id, amount=PRICE, by=BATTERY, at=then)

    def queued(self, count: int) -> list[Payout]:
        """Payouts that leave with the next run, and no others."""
        ids = [self.waiting().pk for _ in range(count)]
        release_due(by=BATTERY)
        return list(Payout.objects.filter(pk__in=ids, state="QUEUED").order_by("pk"))

    def mend(self) -> None:
        """What the jobs do in the minutes, the hour and the day afterwards."""
        for ahead in (ASKED_AGAIN, SENT_AGAIN, BELIEVED):
            with later(ahead), self.rails.later(ahead):
                repair_due(by=BATTERY)
                send_due(rail=RAIL, by=BATTERY)
                repair_due(by=BATTERY)

    def taken(self, payout: Payout) -> list[dict[str, object]]:
        """All that the rail ever took of this payout, under whichever of its references."""
        references = PayoutInstruction.objects.filter(payout=payout).values_list("reference", flat=True)
        return [line for reference in references for line in self.rails.taken(reference)]

    def judge(self, run: Run, payouts: Sequence[Payout], *, ends: Sequence[str] = ("PAID",)) -> None:
        """By the rail's own book: each was taken once where it is paid, and not at all where it is not."""
        for payout in payouts:
            payout.refresh_from_db()
            taken = self.taken(payout)
            if payout.state not in ends:
                run.violated(f"{payout.pk} is {payout.state} and not {' or '.join(ends)}")
            if len(taken) != (payout.state == "PAID"):
                run.violated(f"{payout.pk} is {payout.state}, and the rail took it {len(taken)} times")
            if any(line["amount_minor"] != payout.amount_minor - payout.fee_minor for line in taken):
                run.violated(f"{payout.pk} was paid with another amount")
            if payout.state in ("PAID", "FAILED", "CANCELLED") and moving(payout.creator_id):
                run.violated(f"{payout.pk} is over, and money of it is still on its way")
        if not get_trial_balance().is_balanced:
            run.violated("the books do not balance")


def moving(creator_id: UUID) -> int:
    """What of a creator's money is neither theirs to ask for nor gone."""
    return sum(_on(purpose, creator_id) for purpose in ("escrow", "in_transit"))


def available(creator_id: UUID) -> int:
    return _on("available", creator_id)


def _on(purpose: str, creator_id: UUID) -> int:
    account = find_account(chart.creator(purpose, creator_id, "USD"))
    return get_balance(account).posted.minor if account else 0


@contextmanager
def later(ahead: timedelta) -> Iterator[None]:
    """For everybody it is so much later; afterwards it is now again."""
    clock.move_clock(ahead=ahead)
    try:
        yield
    finally:
        clock.move_clock(ahead=timedelta())


@contextmanager
def scene() -> Iterator[Scene]:
    """The played rails, and one account of ours with Paxum."""
    with played_rails() as rails:
        MerchantAccount.objects.exclude(slug=ACCOUNT).filter(provider=RAIL).update(is_open=False)
        where = {"api_url": f"{rails.base}/paxum/payment/api/paymentAPI.php"}
        MerchantAccount.objects.update_or_create(
            slug=ACCOUNT, defaults={"provider": RAIL, "currencies": ["USD"], "settings": where, "is_open": True}
        )
        nearby.forget_all()
        try:
            yield Scene(rails)
        finally:
            rails.calm()
