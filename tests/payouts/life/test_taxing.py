"""Tax is kept back when a payout is asked for, booked by itself, and goes back with a payout that does not arrive."""

import pytest
from django.test import Client

from compliance.tax.models import TaxWithheld
from compliance.tax.selectors import figures_of
from compliance.tax.services import sign_profile
from compliance.tax.states import Form
from foundation import clock
from foundation.errors import Invalid, PayloadMismatch
from foundation.identity.models import Membership
from foundation.ids import uuid7
from foundation.money import Money
from ledger import chart
from ledger.flows import claw_back
from ledger.selectors import find_account, get_balance
from payouts.life.models import Payout
from payouts.life.services import apply_rail, cancel_payout, send_due
from payouts.operations.dossier import dossier_of
from payouts.transparency.selectors import preview
from processors.gateways.rails.types import RailOutcome, RailResult
from tests.cast import HOUSE, portal_user, signed_in, staff
from tests.payouts.scene import ask, fund, instruction_of, legs, method_of, on, queued, rich, seen, usd

pytestmark = pytest.mark.django_db
SIGNED = {
    "name": "Maya Moss", "street": "1 Main St", "town": "Reno", "post_code": "89501", "country": "US",
    "signature": "Maya Moss",
}  # fmt: skip


def without_number(minor=500_00):
    """A US creator with money who gave no number."""
    creator_id = rich(minor)
    sign_profile(party_id=creator_id, form=Form.W9, given=SIGNED, by=HOUSE, at=clock.now())
    return creator_id


def owed(scheme="us-backup"):
    account = find_account(chart.account("tax", "payable", "USD", source=scheme))
    return get_balance(account).posted.minor if account else 0


def test_a_quarter_less_a_cent_is_kept_back_and_the_rest_is_the_payout(desk):
    maya = without_number()
    shown = preview(maya, usd(100_00), at=clock.now())
    payout = ask(maya, 100_00)
    assert (payout.amount, payout.withheld_minor, payout.asked) == (usd(76_00), 24_00, usd(100_00))
    assert (shown.withheld, shown.receives) == (usd(24_00), payout.amount - usd(payout.fee_minor))
    assert (on("available", maya), on("escrow", maya), owed()) == (400_00, 76_00, 24_00)
    assert legs(payout.pk) == {"payout.requested": 76_00}
    row = TaxWithheld.objects.get()
    assert (row.base_minor, row.withheld_minor, row.points) == (100_00, 24_00, 2_400)


def test_the_past_of_a_payout_shows_what_was_kept_back_and_given_back(desk):
    payout = ask(without_number(), 100_00)
    cancel_payout(payout_id=payout.pk, reason="changed my mind", by=HOUSE, at=clock.now())
    found = dossier_of(payout.pk)
    booked = {leg.kind: leg.amount for leg in found.legs}
    assert (booked["payout.withheld"], booked["payout.withheld_back"]) == (usd(24_00), usd(24_00))
    titles = [event.title for event in found.history if event.kind == "journal"]
    assert {"payout.withheld", "payout.withheld_back"} < set(titles)


def test_the_same_request_again_keeps_nothing_more(desk):
    maya = without_number()
    payout = ask(maya, 100_00)
    assert ask(maya, 100_00, payout_id=payout.pk).pk == payout.pk
    with pytest.raises(PayloadMismatch):
        ask(maya, 76_00, payout_id=payout.pk)
    assert (owed(), TaxWithheld.objects.count()) == (24_00, 1)


def test_who_signed_nothing_or_everything_gets_it_all(desk):
    silent, complete = rich(), without_number()
    numbered = SIGNED | {"tin": "123-45-6789"}
    sign_profile(party_id=complete, form=Form.W9, given=numbered, by=HOUSE, at=clock.now())
    assert [ask(creator_id, 100_00).withheld_minor for creator_id in (silent, complete)] == [0, 0]
    assert owed() == 0


def test_given_up_it_comes_back_and_only_once(desk):
    maya = without_number()
    payout = ask(maya, 100_00)
    for _ in range(2):
        cancel_payout(payout_id=payout.pk, reason="changed my mind", by=HOUSE, at=clock.now())
    assert (on("available", maya), on("escrow", maya), owed()) == (500_00, 0, 0)
    assert TaxWithheld.objects.get().given_back_at is not None


def test_given_back_it_fills_a_debt_first(desk):
    maya = without_number(100_00)
    payout = ask(maya, 100_00)
    claw_back(
        journal_id=uuid7(), creator_id=maya, amount=usd(90_00), into=chart.bank("cash", "paxum", "USD")
    )  # fmt: skip
    assert on("receivable", maya) == -90_00
    cancel_payout(payout_id=payout.pk, reason="changed my mind", by=HOUSE, at=clock.now())
    assert (on("receivable", maya), on("available", maya), owed()) == (0, 10_00, 0)


@pytest.mark.parametrize("result", [RailResult.REFUSED, RailResult.RETURNED])
def test_refused_or_returned_by_the_rail_it_comes_back_too(desk, result):
    maya = without_number()
    payout = queued(100_00, maya)
    if result is RailResult.REFUSED:
        desk.will(RailOutcome(result, code="31"))
    send_due(rail="paxum", by=HOUSE)
    if result is RailResult.RETURNED:
        assert (seen(payout).state, owed()) == ("PAID", 24_00)
        outcome = RailOutcome(result, code="R02")
        apply_rail(instruction_id=instruction_of(payout).pk, outcome=outcome, by=HOUSE, at=clock.now())
    assert seen(payout).state in ("FAILED", "RETURNED")
    assert owed() == 0
    fee_kept = payout.fee_minor if result is RailResult.RETURNED else 0
    assert on("available", maya) == 500_00 - fee_kept


def test_what_is_paid_stays_withheld_and_counts_for_the_year(desk):
    maya = without_number()
    payout = queued(100_00, maya)
    send_due(rail="paxum", by=HOUSE)
    assert (seen(payout).state, owed()) == ("PAID", 24_00)
    assert desk.paid[instruction_of(payout).reference] == usd(76_00 - payout.fee_minor)
    fund(maya, 1_00, kind="earnings.settled")
    assert figures_of(maya, clock.now().year).withheld == usd(24_00)


def test_limits_look_at_what_is_left_to_pay(desk):
    maya = without_number()
    with pytest.raises(Invalid):
        ask(maya, 26_00)
    assert (owed(), TaxWithheld.objects.count(), Payout.objects.count()) == (0, 0, 0)


def test_another_currency_is_kept_back_in_its_own(desk):
    maya = without_number()
    fund(maya, 200_00, "EUR")
    method_of(maya, currency="EUR", email="eur@paxum.example")
    assert ask(maya, amount=Money(100_00, "EUR")).withheld_minor == 24_00
    assert owed() == 0


def test_the_page_of_a_payout_names_what_was_kept_back(desk):
    maya = without_number()
    payout = ask(maya, 100_00)
    page = signed_in(Client(), portal_user(Membership.objects.get(party_id=maya))).get(f"/starz/payouts/{payout.pk}")
    shown = page.content.decode()
    assert "Tax kept back" in shown
    assert "$24.00" in shown
    assert "$100.00" in shown


def test_the_api_says_what_was_kept_back(desk):
    maya = without_number()
    payout = ask(maya, 100_00)
    herself = portal_user(Membership.objects.get(party_id=maya))
    told = signed_in(Client(), herself).get(f"/api/v1/payouts/{payout.pk}").json()["payout"]
    assert (told["amount"]["amount_minor"], told["withheld"]["amount_minor"]) == (76_00, 24_00)
    seen_by_staff = signed_in(Client(), staff("fred")).get(f"/api/v1/payouts/{payout.pk}").json()
    assert seen_by_staff["withheld"]["amount_minor"] == 24_00
    page = signed_in(Client(), staff("fred")).get(f"/ops/payouts/{payout.pk}")
    tiles = {tile.label: tile.value for tile in page.context["tiles"]}
    assert (tiles["Asked for"], tiles["Arrives"]) == (usd(100_00), usd(76_00 - payout.fee_minor))
