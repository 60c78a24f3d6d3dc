"""Sam pays Maya at a provider of the battery's own."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.db import connection, transaction

from fanzmoney.trials.payment_faults.provider import NAME, ON_A_PAGE, TrialProvider
from foundation import clock, nearby
from foundation.actors import system
from foundation.errors import Refusal
from foundation.faults import Run
from foundation.identity.models import Membership, Platform
from foundation.identity.roles import Role
from foundation.identity.services import MemberIn, upsert_members
from foundation.ids import uuid7
from foundation.money import Money
from ledger.selectors import get_trial_balance
from processors.gateways.base import gateways
from processors.payments.models import MerchantAccount, Payment
from processors.payments.services import create_payment, grant_warrant, prepare_attempt
from processors.payments.types import Wish

BATTERY = system("battery")
ACCOUNT = "trial-main"
HANDS = 8
"""Less than a process has connections."""


@dataclass(frozen=True)
class Scene:
    provider: TrialProvider
    platform_id: UUID
    fan_id: UUID
    creator_id: UUID

    def wish(self, minor: int, token: str) -> Wish:
        return Wish(
            platform_id=self.platform_id, fan_id=self.fan_id, creator_id=self.creator_id, reference=str(uuid7()),
            product="ppv", amount=Money(minor, "USD"), token=token,
        )  # fmt: skip

    def prepared(self, minor: int, behaviour: str) -> UUID:
        """An attempt that is judged and ready to leave."""
        return self.prepared_wish(self.wish(minor, behaviour and f"{behaviour}-{uuid7().hex}"))

    def prepared_wish(self, wish: Wish) -> UUID:
        at = clock.now()
        with transaction.atomic():
            payment = create_payment(wish=wish, by=BATTERY, at=at)
            warrant = grant_warrant(
                payment_id=payment.pk, verdict="allow", most=payment.amount, reasons=["a trial"], policy="battery/1",
                by=BATTERY, at=at, expires_at=at + timedelta(minutes=5),
            )  # fmt: skip
            attempt = prepare_attempt(
                payment_id=payment.pk, warrant_id=warrant.pk, token=wish.token, by=BATTERY, at=at
            )  # fmt: skip
            attempt_id: UUID = attempt.pk
            return attempt_id

    def on_a_page(self, minor: int) -> UUID:
        return self.prepared(minor, ON_A_PAGE)

    def judge(self, run: Run, payments: Sequence[Payment]) -> None:
        """What stands in the provider's book stands here, once; and the books are balanced."""
        charges, refunds = self.provider.wrote("charge"), self.provider.wrote("refund")
        for payment in payments:
            payment.refresh_from_db()
            taken = sum(charges[f"{payment.pk.hex}-{number}"] for number in range(1, 4))
            if taken > 1:
                run.violated(f"payment {payment.pk} was charged {taken} times")
            if bool(taken) != (payment.state == "CAPTURED"):
                run.violated(f"payment {payment.pk} is {payment.state}, charged there {taken} times")
            given = payment.refunds.filter(state="SUCCEEDED")
            if sum(one.amount_minor for one in given) > payment.captured_minor and not payment.is_paid_back_twice:
                run.violated(f"payment {payment.pk} gave back more than was taken")
            if any(refunds[one.reference] != 1 for one in given):
                run.violated(f"a refund of {payment.pk} was not given exactly once")
        if not get_trial_balance().is_balanced:
            run.violated("the books do not balance")


@contextmanager
def scene() -> Iterator[Scene]:
    """The provider, an account with it alone, and two people."""
    with tempfile.TemporaryDirectory() as folder:
        provider = TrialProvider(Path(folder) / "book")
        gateways.add(NAME, provider)
        MerchantAccount.objects.update_or_create(slug=ACCOUNT, defaults={"provider": NAME, "currencies": ["USD"]})
        nearby.forget_all()
        platform = Platform.objects.get(slug="boyfanz")
        try:
            sam, maya = _member(platform, Role.FAN), _member(platform, Role.CREATOR)
            yield Scene(provider, platform.pk, sam, maya)
        finally:
            gateways.remove(NAME)


def _member(platform: Platform, role: Role) -> UUID:
    name = f"trial-{uuid7().hex}"
    (row,) = upsert_members(
        platform_id=platform.pk, role=role, members=[MemberIn(name, handle=name)], by=BATTERY, at=clock.now()
    )
    party_id: UUID = Membership.objects.get(pk=row.id).party_id
    return party_id


def at_once(works: Sequence[Callable[[], str]]) -> list[str]:
    """All of them by many hands; a refusal answers with its code."""
    with ThreadPoolExecutor(HANDS) as hands:
        return list(hands.map(_in_a_thread, works))


def _in_a_thread(work: Callable[[], str]) -> str:
    try:
        return work()
    except Refusal as refused:
        return refused.code
    finally:
        connection.close()
