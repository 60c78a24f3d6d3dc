"""Looking after payments: found by any number, read from the wish to the books, given back to the last cent."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foundation import clock
from foundation.audit.models import AuditRecord
from foundation.errors import Conflict
from foundation.states import move
from processors.gateways.types import Code, Operation, Outcome, Result
from processors.payments.giving_back import Refund
from processors.payments.services import open_dispute, park_for_review, request_refund, send_refund
from processors.webhooks.models import WebhookCall
from processors.webhooks.replaying import replay_told
from tests.cast import HOUSE, signed_in, staff
from tests.processors.payments.conftest import till  # noqa: F401  the provider inside the process
from tests.processors.payments.till import allowed, asked_for, bought, later, payment_of, told, usd

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("till")]


@pytest.fixture
def fred():
    return signed_in(Client(), staff("fred"))


def page(client, name, *args, **query):
    response = client.get(reverse(f"ops:{name}", args=args), query)
    assert response.status_code == 200, response.content[:500]
    return response


def text(response):
    return " ".join(response.content.decode().split())


def give_back(client, payment, amount, reason="The fan asked for it", **more):
    left = payment_of(payment.id).refundable.minor
    url = reverse("ops:payment_refund", args=[payment.id])
    return client.post(url, {"amount": amount, "reason": reason, "seen_left": left, **more})


def given(payment, minor):
    refund = request_refund(payment_id=payment.id, amount=usd(minor), reason="asked", by=HOUSE, at=clock.now())
    return send_refund(refund_id=refund.pk, by=HOUSE)


def test_the_list_is_narrowed_and_paged_without_more_questions(fred, steady_copies):
    for number in range(3):
        bought(10_00 + number)
    few = asked(fred, "payments")
    for number in range(52):
        bought(20_00 + number)
    first = page(fred, "payments").context["table"]
    second = fred.get(reverse("ops:payments") + first.next_url).context["table"]

    assert asked(fred, "payments") <= few
    assert [len(first.rows), len(second.rows)] == [50, 5]
    assert second.next_url == ""
    assert len(page(fred, "payments", state="DECLINED").context["table"].rows) == 0
    assert len(page(fred, "payments", state="CAPTURED", currency="USD", product="ppv").context["table"].rows) == 50
    assert "No payment fits all of this" in text(page(fred, "payments", product="tip"))
    assert len(page(fred, "payments", since=f"{clock.now() + timedelta(days=2):%Y-%m-%d}").context["table"].rows) == 0


def asked(client, name, *args):
    """How many questions a page asks; what is read once a second for all pages does not count."""
    counts = []
    for _ in range(3):
        with CaptureQueriesContext(connection) as questions:
            page(client, name, *args)
        counts.append(len(questions))
    return min(counts)


def test_a_payment_is_found_by_every_number_it_carries(fred):
    paid = bought()
    refund = given(paid, 1_00)
    row = payment_of(paid)
    attempt = row.attempts.get()
    provider_ref = Refund.objects.get(pk=refund.id).provider_ref
    bought()

    for words in (paid.id, paid.reference, attempt.pk, attempt.reference, attempt.provider_ref, refund.id,
                  refund.reference, provider_ref, f"  {paid.reference} "):  # fmt: skip
        response = fred.get(reverse("ops:payments"), {"q": str(words), "state": "DECLINED"})
        assert (response.status_code, response.headers.get("Location")) == (
            302, reverse("ops:payment", args=[paid.id]),
        ), words  # fmt: skip
    assert "No payment carries this number" in text(page(fred, "payments", q="nothing"))
    assert len(page(fred, "payments", q=str(paid.fan_id)).context["table"].rows) == 2


def test_one_payment_shows_its_past_and_leads_to_the_books(fred):
    paid = bought(20_00)
    given(paid, 5_00)
    shown = page(fred, "payment", paid.id)

    context = shown.context
    assert [tile.value for tile in context["tiles"]] == [usd(2000), usd(2000), usd(500), usd(0), usd(1500)]
    titles = [moment.title for moment in context["history"]]
    assert titles[0] == "Asked for: 20.00 USD"
    assert sum(title.startswith("On the books") for title in titles) == 2
    assert any(title.startswith("Till: answered, approved") for title in titles)
    assert "Payment: taken" in titles
    leg = context["found"].legs[0]
    assert reverse("ops:ledger_entry", args=[leg.id]) in text(shown)
    assert sum(leg.amount.minor for leg in context["found"].legs if leg.kind == "sale.paid") == 2000
    assert "Not taken" not in text(shown)


def test_one_payment_asks_the_same_however_much_happened_to_it(fred):
    little, much = bought(20_00), bought(90_00)
    given(little, 1_00)
    for minor in (1_00, 2_00, 3_00, 4_00, 5_00):
        given(much, minor)
    for number in range(3):
        open_dispute(
            payment_id=much.id, provider_ref=f"cb-{number}", amount=usd(5_00), reason="fraud", by=HOUSE, at=clock.now()
        )
        told("charged", 1, payment_id=much.id)
    assert asked(fred, "payment", much.id) <= asked(fred, "payment", little.id)


def test_support_reads_and_gives_nothing_back():
    paid, susi = bought(), signed_in(Client(), staff("susi"))

    shown = page(susi, "payment", paid.id)

    assert "Refund</a>" not in text(shown)
    assert reverse("ops:ledger") not in text(shown)
    assert give_back(susi, paid, "1").status_code == 403
    assert signed_in(Client(), staff("anna")).get(reverse("ops:payments")).status_code == 403


def test_the_whole_of_what_is_left_is_filled_in_and_goes_back(fred):
    paid = bought(20_01)
    given(paid, 3_00)
    form = page(fred, "payment_refund", paid.id).context["form"]
    assert form["amount"].value() == "17.01"

    response = give_back(fred, paid, "17.01")

    assert response.status_code == 302
    row = payment_of(paid)
    assert (row.refunds_minor, row.refundable.minor) == (2001, 0)
    assert "Refund</a>" not in text(page(fred, "payment", paid.id))
    assert page(fred, "payment_refund", paid.id).context["why_not"] == "payments.nothing_left"


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("17.02", "Enter at most 17.01"), ("0", "more than nothing"), ("-1", "Write it in digits"),
        ("1.234", "2 digits"), ("ten", "Write it in digits"), ("NaN", "in digits"), ("1e9", "in digits"),
        ("1,234", "without a comma"), ("1e999999", "in digits"), ("", "required"),
    ],
)  # fmt: skip
def test_an_amount_that_cannot_be_is_answered_with_what_to_do(fred, amount, said):
    paid = bought(17_01)
    response = give_back(fred, paid, amount)
    assert response.status_code == 200
    assert said in text(response)
    assert Refund.objects.count() == 0


def test_a_form_sent_twice_gives_back_once(fred):
    paid = bought(20_00)
    give_back(fred, paid, "5.00", seen_left=2000)
    again = give_back(fred, paid, "5.00", seen_left=2000)

    assert "Meanwhile some of it was given back" in text(again)
    assert payment_of(paid).refunds_minor == 500


def test_a_provider_that_refuses_and_one_that_says_nothing_are_told_apart(fred, till):  # noqa: F811
    paid = bought(20_00)
    till.will(Outcome(Result.DECLINED, code=Code.NOT_REFUNDABLE), Outcome(Result.UNKNOWN))
    give_back(fred, paid, "5.00")
    give_back(fred, paid, "6.00")

    shown = text(page(fred, "payment", paid.id))
    assert "Nothing was given back" in shown
    assert "Cannot be refunded there" in shown
    assert "The answer was lost" in shown
    lost = Refund.objects.get(state="UNKNOWN")
    fred.post(reverse("ops:refund_ask", args=[lost.pk]))
    assert Refund.objects.get(pk=lost.pk).state == "SUCCEEDED"


def test_a_large_refund_waits_for_a_second_person(fred):
    paid = bought(250_00)
    response = give_back(fred, paid, "250.00")

    assert response.status_code == 302
    (refund,) = Refund.objects.all()
    assert refund.state == "REQUESTED"
    assert reverse("ops:approval", args=[refund.approval_id]) in text(page(fred, "payment", paid.id))


def test_a_charge_is_voided_before_it_settles(fred):
    paid = bought(20_00)
    fred.post(reverse("ops:payment_void", args=[paid.id]), {"reason": "Charged by mistake"})
    assert payment_of(paid).state == "VOIDED"
    late = bought(20_00)
    later(days=4)
    fred = signed_in(Client(), staff("fred"))
    response = fred.post(reverse("ops:payment_void", args=[late.id]), {"reason": "Too late"})
    assert response.status_code == 409
    assert "Refund it instead" in text(response)


def test_a_refund_by_hand_is_settled_with_its_proof(fred, till):  # noqa: F811
    paid = bought(20_00)
    can = till.capabilities.operations - {Operation.REFUND, Operation.PARTIAL_REFUND}
    till.capabilities = replace(till.capabilities, operations=can)
    give_back(fred, paid, "20.00")
    (due,) = Refund.objects.all()
    assert due.state == "MANUAL_DUE"
    url = reverse("ops:refund_settle", args=[due.pk])
    assert url in text(page(fred, "payment", paid.id))
    assert url in text(fred.get(reverse("ops:home")))

    assert "required" in text(fred.post(url, {"proof": " "}))
    assert fred.post(url, {"proof": "txid 9f2c"}).status_code == 302
    again = fred.post(url, {"proof": "another"})

    due.refresh_from_db()
    assert (due.state, due.proof) == ("MANUAL_SETTLED", "txid 9f2c")
    assert again.status_code == 409
    assert payment_of(paid).refunds_minor == 2000


def test_the_provider_is_asked_by_hand(fred, till):  # noqa: F811
    till.will(Outcome(Result.UNKNOWN))
    lost = bought()
    assert "Ask the provider now" in text(page(fred, "payment", lost.id))

    response = fred.post(reverse("ops:payment_ask", args=[lost.id]), follow=True)

    assert "Now we know: taken" in text(response)
    assert payment_of(lost).state == "CAPTURED"


def test_a_payment_nobody_paid_is_cancelled(fred):
    waits = asked_for()
    fred.post(reverse("ops:payment_cancel", args=[waits.pk]), {"reason": "Asked for twice"})
    assert payment_of(waits.pk).state == "CANCELLED"
    paid = bought()
    response = fred.post(reverse("ops:payment_cancel", args=[paid.id]), {"reason": "Too late"})
    assert (response.status_code, payment_of(paid).state) == (409, "CAPTURED")


def test_what_waits_stands_on_the_front_page(fred, till):  # noqa: F811
    till.will(Outcome(Result.UNKNOWN))
    lost = bought()
    parked = asked_for(30_00)
    park_for_review(payment_id=parked.pk, warrant_id=allowed(parked, "review").pk, by=HOUSE, at=clock.now())
    disputed = bought(40_00)
    open_dispute(payment_id=disputed.id, provider_ref="cb", amount=usd(40_00), reason="x", by=HOUSE, at=clock.now())
    assert reverse("ops:payment", args=[lost.id]) not in text(fred.get(reverse("ops:home")))
    later(minutes=6)

    front = text(signed_in(Client(), staff("fred")).get(reverse("ops:home")))

    for payment_id in (lost.id, parked.pk, disputed.id):
        assert reverse("ops:payment", args=[payment_id]) in front
    assert reverse("ops:approval", args=[payment_of(parked.pk).approval_id]) in text(page(fred, "payments_review"))


def test_payments_are_taken_away_and_that_is_written_down(fred):
    bought(12_34)
    for kind in ("csv", "ndjson"):
        body = b"".join(fred.get(reverse("ops:payments_export", args=[kind]), {"state": "CAPTURED"}))
        assert b"12.34" in body or b"1234" in body
    assert AuditRecord.objects.filter(action="payments.exported", facts__query={"state": "CAPTURED"}).count() == 2
    assert fred.get(reverse("ops:payments_export", args=["docx"])).status_code == 404


def test_what_is_stuck_is_tried_again(fred):
    parked, dead, applied = told("charged", 5), told("refunded", 5), told("charged", 6)
    for one in (parked, dead):
        move(one, to="PARKED", by=HOUSE, at=clock.now(), why="no payment yet", due_at=later_at())
    move(dead, to="DEAD", by=HOUSE, at=clock.now())
    shown = text(page(fred, "webhooks"))
    assert "no payment yet" in shown
    assert "Till: refunded" in shown

    for one in (parked, dead):
        assert fred.post(reverse("ops:webhook_replay", args=[one.pk])).status_code == 302
    parked.refresh_from_db()
    dead.refresh_from_db()
    assert parked.due_at <= clock.now()
    assert (dead.state, dead.tries) == ("DUE", 0)
    with pytest.raises(Conflict, match="not_stuck"):
        replay_told(told_id=applied.pk, by=HOUSE, at=clock.now())
    page(fred, "webhooks", view="calls")


def test_a_refused_call_is_read_again_from_its_bytes(fred):
    call = WebhookCall.objects.create(provider="till", body=b"x", body_sha256=b"y" * 32, received_at=clock.now())
    with transaction.atomic():
        move(call, to="REJECTED", by=HOUSE, at=clock.now(), why="wrong signature")
    assert "wrong signature" in text(page(fred, "webhooks", view="refused"))
    assert "Read it again" in text(page(fred, "webhook_call", call.pk))

    fred.post(reverse("ops:webhook_call_replay", args=[call.pk]))

    call.refresh_from_db()
    assert call.state == "RECEIVED"
    assert "Read it again" not in text(page(fred, "webhook_call", call.pk))


def later_at():
    return clock.now() + timedelta(hours=6)
