"""Looking after payments with eyes, keys and few clicks."""

from dataclasses import replace

import pytest
from django.db import transaction

from foundation import clock
from processors.gateways.types import Operation, Outcome, Result
from processors.payments.giving_back import Refund
from processors.payments.models import Attempt
from processors.payments.services import open_dispute, park_for_review, request_refund, send_refund
from tests.browser.pages import KILOBYTE
from tests.cast import HOUSE
from tests.processors.payments.conftest import till  # noqa: F401  the provider inside the process
from tests.processors.payments.till import allowed, asked_for, bought, payment_of, told, usd

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def busy_day(till):  # noqa: F811
    """A payment of every kind somebody may have to look at."""
    paid = bought(120_00)
    refund = asked_back(paid, 20_00)
    send_refund(refund_id=refund.pk, by=HOUSE)
    open_dispute(payment_id=paid.id, provider_ref="cb-1", amount=usd(30_00), reason="fraud", by=HOUSE, at=clock.now())
    told("charged", 12_000, payment_id=paid.id)
    told("refunded", 500)
    till.will(Outcome(Result.UNKNOWN))
    lost = bought(30_00)
    till.will(Outcome(Result.UNKNOWN))
    lost_back = send_refund(refund_id=asked_back(paid, 10_00).pk, by=HOUSE)
    for table in (Attempt, Refund):  # nobody asks any more
        table.objects.filter(repair_at__isnull=False).update(repair_at=None)
    parked = asked_for(45_00)
    with transaction.atomic():
        park_for_review(payment_id=parked.pk, warrant_id=allowed(parked, "review").pk, by=HOUSE, at=clock.now())
    by_hand = bought(15_00)
    can = till.capabilities.operations - {Operation.REFUND, Operation.PARTIAL_REFUND}
    till.capabilities = replace(till.capabilities, operations=can)
    return paid, asked_back(by_hand, 15_00), lost, lost_back


@transaction.atomic
def asked_back(payment, minor):
    return request_refund(payment_id=payment.id, amount=usd(minor), reason="late", by=HOUSE, at=clock.now())


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 1280), ("light", 360), ("dark", 360)])
def test_payments_are_clean_to_read(busy_day, open_page, axe, weigh, picture, theme, width):
    paid, due, lost, lost_back = busy_day
    page = open_page("fred", theme=theme, width=width)
    for name, address in {
        "home": "/ops/", "list": "/ops/payments", "filters": "/ops/payments?currency=USD",
        "nothing": "/ops/payments?q=nobody", "one": f"/ops/payments/{paid.id}",
        "refund": f"/ops/payments/{paid.id}/refund", "review": "/ops/payments/review",
        "settle": f"/ops/refunds/{due.pk}/settle", "webhooks": "/ops/webhooks",
        "outcome": f"/ops/payments/{lost.id}/outcome", "outcome-refund": f"/ops/refunds/{lost_back.id}/outcome",
        "outcome-known": f"/ops/payments/{paid.id}/outcome",
    }.items():  # fmt: skip
        if (theme, width) == ("light", 1280):
            assert weigh(page, address) <= 150 * KILOBYTE, address
        else:
            page.goto(address)
        picture(page, f"payments-{name}-{theme}-{width}")
        assert axe(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    assert page.complaints == []


def test_a_known_payment_is_refunded_in_three_clicks(till, open_page):  # noqa: F811
    paid = bought(12_34)
    page = open_page("fred")
    page.goto("/ops/")

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Payments").click()
    page.get_by_label("Find one").fill(paid.reference)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Refund", exact=False).first.click()
    assert page.get_by_label("Amount in USD").input_value() == "12.34"
    page.get_by_label("Reason").fill("The fan asked for it")
    page.get_by_role("button", name="Refund").click()

    page.get_by_text("The money is back, and the books have it.").wait_for()
    assert payment_of(paid).refunds_minor == 1234


def test_keys_alone_refund_a_part(till, open_page):  # noqa: F811
    paid = bought(20_00)
    page = open_page("fred")
    page.goto("/ops/payments")

    for key in ("j", "Enter"):
        page.keyboard.press(key)
    page.get_by_text("What happened").wait_for()
    page.keyboard.press("r")
    page.get_by_label("Reason").wait_for()
    page.keyboard.type("Half of it was missing")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Control+a")
    page.keyboard.type("10.00")
    page.keyboard.press("Enter")

    page.get_by_text("The money is back, and the books have it.").wait_for()
    assert payment_of(paid).refunds_minor == 1000
    assert Refund.objects.get().reason == "Half of it was missing"
