"""Facts make rules look again by themselves: six disputes stop what has not left, refunds stop their source alone."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import transaction

from foundation import clock
from foundation.actors import Actor, ActorKind
from foundation.events import publish
from foundation.identity.models import Party
from foundation.identity.roles import Role
from foundation.identity.services import CheckResult, note_kyc
from foundation.inbox.runner import run_until_idle
from payouts.freezes import facts
from payouts.freezes.models import Freeze
from payouts.freezes.selectors import stopped_lines, stopped_source
from payouts.integrity.services import rescore
from processors.payments.events import DisputeOpened
from processors.payments.models import Payment
from tests.cast import HOUSE, member, platform
from tests.hearing import hear
from tests.payouts.freezes.stories import maya as rich_maya
from tests.payouts.freezes.stories import waiting
from tests.payouts.scene import ask, seen
from tests.payouts.scenes import Sold, sell, taken_back


def sales(count: int, **more):
    """Sales of three products to many fans, over eighty days, the last of them a day ago."""
    at = clock.now() - timedelta(days=1)
    products, fans = more.pop("products", ("ppv", "tip", "call")), more.pop("fans", 12)
    return sell(
        *(
            Sold(at - timedelta(days=n * 80 // count), product=products[n % len(products)], fan=f"f{n % fans}", **more)
            for n in range(count)
        )
    )  # fmt: skip


@transaction.atomic
def disputed(payment: Payment) -> None:
    taken_back(payment, clock.now())
    event = DisputeOpened(
        payment.pk, payment.platform_id, payment.pk, payment.fan_id, payment.creator_id, "rocketgate",
        payment.amount_minor, payment.currency, "fraud", False,
    )  # fmt: skip
    publish(event, key=payment)


@pytest.mark.django_db(transaction=True)
def test_disputes_stop_what_has_not_left_as_soon_as_they_are_known(desk):
    creator = rich_maya()
    sold = sales(60)
    rescore([creator], reason="story", at=clock.now())
    payout = waiting(100_00, creator)
    run_until_idle()
    assert seen(payout).state == "IN_ESCROW"
    for payment in sold[:6]:
        disputed(payment)
    run_until_idle()

    row = Freeze.objects.get(payout=payout)
    assert (seen(payout).state, row.code, row.severity) == ("FROZEN", "CHARGEBACK_SPIKE", "HIGH")
    assert row.escalation_id is not None
    assert seen(payout).is_disputed


@pytest.mark.django_db
def test_refunds_stop_the_product_they_are_in_and_nothing_else(desk, capsys):
    creator = rich_maya()
    member("maya")
    sales(24, products=("tip",), fans=1)
    bad = sales(20, products=("ppv",), fans=1)
    for payment in bad:
        Payment.objects.filter(pk=payment.pk).update(refunds_minor=payment.amount_minor)
    rescore([creator], reason="story", at=clock.now())
    payout = waiting(100_00, creator)
    call_command("freeze_evaluate", as_json=True)
    said = capsys.readouterr().out

    there = platform().pk
    found = stopped_source(creator, there, "ppv", "USD")
    assert found == Freeze.objects.get().pk, said
    assert stopped_source(creator, there, "tip", "USD") is None
    assert {line.product for line in stopped_lines()} == {"ppv"}
    assert seen(payout).state == "IN_ESCROW"
    assert '"frozen": 1' in said

    call_command("freeze_evaluate", as_json=True)
    assert '"frozen": 0' in capsys.readouterr().out


@pytest.mark.django_db
def test_a_dry_run_freezes_nothing(desk, capsys):
    creator = rich_maya()
    for payment in sales(20, fans=1):
        Payment.objects.filter(pk=payment.pk).update(refunds_minor=payment.amount_minor)
    rescore([creator], reason="story", at=clock.now())
    waiting(100_00, creator)
    call_command("freeze_evaluate", as_json=True, dry_run=True)
    assert '"frozen": 3' in capsys.readouterr().out
    assert not Freeze.objects.exists()


@pytest.mark.django_db
def test_facts_around_a_creator(desk):
    creator = rich_maya()
    at = clock.now()
    sell(Sold(at, 50_00, fan="sue"), Sold(at, 70_00, fan="sam"), Sold(at - timedelta(days=5), 900_00, fan="old"))
    minor, payers = facts.earned_freshly(creator, "USD", at + timedelta(minutes=1))
    assert (minor, payers) == (120_00, 2)
    paid = facts.paid_around(creator, at + timedelta(minutes=1))
    assert sorted(paid.values()) == [50_00, 70_00, 900_00]
    assert facts.open_disputes(creator) == []


def test_a_creators_own_wish_is_stopped_by_the_check_and_goes_on_with_the_papers(desk):
    creator = rich_maya(5_000_00)
    Party.objects.filter(pk=creator).update(kyc_state=Party.Check.FAILED)
    herself = Actor(ActorKind.USER, "maya", roles=frozenset({Role.CREATOR}), party_id=creator)

    payout = ask(creator, 100_00, by=herself)

    row = Freeze.objects.get(payout=payout)
    assert (seen(payout).state, row.code, row.frozen_by) == ("FROZEN", "KYC_MISSING", "system:screening")
    note_kyc(party_id=creator, result=CheckResult(Party.Check.PASSED, "idcheck", "v-1"), by=HOUSE, at=clock.now())
    hear("freezes")
    assert (seen(payout).state, Freeze.objects.get().state) == ("IN_ESCROW", "RELEASED")
