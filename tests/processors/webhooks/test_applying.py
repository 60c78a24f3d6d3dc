"""Calls are proved, taken apart and applied once: whatever comes twice, too early, forged or from nowhere."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation import clock
from foundation.errors import Conflict
from foundation.events.models import Outbox
from foundation.ids import uuid7
from foundation.money import Money
from processors.gateways.types import NextAction, Outcome, Result
from processors.payments.models import Attempt, Payment
from processors.payments.services import capture_plain, send_attempt
from processors.webhooks.applying import apply_due, ask_due
from processors.webhooks.models import ProviderTold, WebhookCall
from processors.webhooks.reading import read_calls
from processors.webhooks.replaying import replay_call, replay_told
from processors.webhooks.rules.waiting import PAUSES
from tests.cast import HOUSE
from tests.processors.payments.till import bought, later, legs, payment_of, prepared, topics
from tests.processors.webhooks.teller import (
    OLDER_SALT,
    body_of,
    call,
    event_of,
    proof_of,
    tell,
    the_call,
    told_states,
    work,
)


def charged(attempt, minor=20_00, **more):
    return {
        "key": f"c-{attempt.reference}", "kind": "charged", "reference": attempt.reference, "minor": minor,
        "ref": f"t{attempt.reference}", **more,
    }  # fmt: skip


def waiting_for_word(teller, minor=20_00):
    """A charge whose answer was lost, though the provider took the money."""
    teller.will(Outcome(Result.UNKNOWN))
    attempt = prepared(minor)
    send_attempt(attempt_id=attempt.pk, by=HOUSE)
    assert payment_of(attempt).state == "UNKNOWN"
    teller.calls.clear()
    return attempt


def test_a_proved_call_is_applied_and_booked_and_nobody_is_asked(teller):
    attempt = waiting_for_word(teller)
    tell(charged(attempt))
    work()

    payment = payment_of(attempt)
    assert (payment.state, payment.captured_minor, legs(payment.sale_journal)["sale.paid"]) == ("CAPTURED", 2000, 2000)
    assert (the_call().state, the_call().proof) == ("READ", "verified")
    told = ProviderTold.objects.get()
    assert (told.state, told.payment_id, told.tries, told.call_id) == ("APPLIED", payment.pk, 1, the_call().pk)
    assert teller.calls == []


def test_a_thousand_replays_have_one_effect(teller):
    attempt = waiting_for_word(teller)
    body = body_of(charged(attempt))
    for _ in range(100):
        WebhookCall.objects.bulk_create(
            WebhookCall(provider="till", body=body, body_sha256=b"", headers={"x-proof": proof_of(body)},
                        received_at=clock.now())
            for _ in range(10)
        )  # fmt: skip
        work()

    told = ProviderTold.objects.get()
    assert (told.state, told.times_told, WebhookCall.objects.count()) == ("APPLIED", 1000, 1000)
    assert topics("txn.capture", "txn.alarm") == ["txn.capture"]
    assert payment_of(attempt).captured_minor == 2000
    assert teller.calls == []


def test_one_altered_byte_is_refused_whichever_it_is(teller):
    attempt = waiting_for_word(teller)
    body = body_of(charged(attempt))
    for place in range(len(body)):
        altered = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        assert call(altered, proof=proof_of(body)).status_code == 200
    work()

    assert set(WebhookCall.objects.values_list("state", "why")) == {("REJECTED", "false proof")}
    assert not ProviderTold.objects.exists()
    assert payment_of(attempt).state == "UNKNOWN"


def test_an_older_secret_still_proves(teller):
    attempt = waiting_for_word(teller)
    body = body_of(charged(attempt))
    call(body, proof=proof_of(body, OLDER_SALT))
    work()
    assert payment_of(attempt).state == "CAPTURED"


def test_what_cannot_be_proved_only_makes_us_ask(teller):
    attempt = waiting_for_word(teller)
    teller.charged.clear()  # it never happened, whoever says so
    later(minutes=5)
    tell(charged(attempt), proof=None)
    work()

    assert teller.calls == ["charge_status"]
    assert payment_of(attempt).state == "FAILED"
    assert list(told_states().values()) == ["STALE"]


def test_a_claim_nobody_could_prove_does_not_stand_in_the_way_of_the_truth(teller):
    """Somebody says it before it is so; the provider's own word, alike to the byte, makes us ask again."""
    teller.will(Outcome(Result.ACTION_REQUIRED, action=NextAction("redirect", url="https://pay.example")))
    attempt = prepared()
    send_attempt(attempt_id=attempt.pk, by=HOUSE)
    teller.will(Outcome(Result.PENDING))
    tell(charged(attempt), proof=None)
    work()
    assert payment_of(attempt).state == "PROCESSING"
    assert ProviderTold.objects.get().why == "the provider, asked, says otherwise"

    teller.charged[attempt.reference] = Money(20_00, "USD")
    for _ in range(20):
        tell(charged(attempt), proof=None)
    later(seconds=20)
    work()

    assert payment_of(attempt).state == "CAPTURED"
    assert teller.calls.count("charge_status") == 2
    assert (ProviderTold.objects.get().state, ProviderTold.objects.get().times_told) == ("APPLIED", 21)


def test_a_forged_claim_under_the_key_of_true_news_changes_nothing_of_it(teller):
    attempt = waiting_for_word(teller)
    tell(charged(attempt, minor=1), proof=None)
    tell(charged(attempt))
    work()
    assert payment_of(attempt).captured_minor == 2000
    assert topics("txn.alarm") == []


def test_every_order_of_news_ends_in_the_same_state_and_books(teller):
    ends = set()
    for order in permutations(("charged", "refund", "chargeback", "charged again")):
        attempt = waiting_for_word(teller)
        news = {
            "charged": charged(attempt),
            "charged again": charged(attempt, key=f"again-{attempt.reference}"),
            "refund": charged(attempt, 5_00, kind="refunded", key=f"r-{attempt.reference}",
                              ref=f"r{attempt.reference}"),
            "chargeback": charged(attempt, 15_00, kind="chargeback", key=f"d-{attempt.reference}",
                                  ref=f"d{attempt.reference}"),
        }  # fmt: skip
        for name in order:
            tell(news[name])
            work()
        later(minutes=2)
        work()
        payment = payment_of(attempt)
        refund, dispute = payment.refunds.get(), payment.disputes.get()
        ends.add((
            payment.state, payment.captured_minor, payment.refunds_minor, payment.disputed_minor,
            payment.is_paid_back_twice, refund.state, dispute.state, dispute.amount_minor,
            tuple(sorted(legs(payment.sale_journal).items())),
        ))  # fmt: skip
        assert set(ProviderTold.objects.values_list("state", flat=True)) <= {"APPLIED", "STALE"}
    assert len(ends) == 1, ends
    assert next(iter(ends))[:5] == ("CAPTURED", 2000, 500, 1500, False)


def test_news_of_nothing_we_know_wait_and_are_applied_when_it_appears(teller):
    early = {"key": "early", "kind": "charged", "ref": "t-early", "minor": 20_00}
    tell(early)
    work()
    assert told_states() == {"early": "PARKED"}

    attempt = waiting_for_word(teller)
    attempt.__class__.objects.filter(pk=attempt.pk).update(provider_ref="t-early")
    later(seconds=2)
    work()

    assert told_states() == {"early": "APPLIED"}
    assert payment_of(attempt).state == "CAPTURED"


def test_what_stays_unknown_is_given_up_with_an_alarm_and_a_person_may_try_again(teller):
    tell({"key": "lost", "kind": "charged", "reference": "nobody-1", "minor": 1_00})
    work()
    for pause in PAUSES:
        clock.move_clock(ahead=clock.now() - _real_now() + pause + timedelta(seconds=1))
        work()

    told = ProviderTold.objects.get()
    assert (told.state, told.tries) == ("DEAD", len(PAUSES) + 1)
    assert Outbox.objects.get(type="txn.told_given_up").payload["told_id"] == str(told.pk)

    replay_told(told_id=told.pk, by=HOUSE, at=clock.now())
    assert ProviderTold.objects.get().state == "DUE"


def _real_now():
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def test_a_stranger_cannot_call_a_person_by_claiming_things(teller):
    tell({"key": "lost", "kind": "charged", "reference": "nobody-1", "minor": 1_00}, proof=None)
    ProviderTold.objects.update(tries=len(PAUSES))
    work()
    ProviderTold.objects.update(tries=len(PAUSES), due_at=clock.now() - timedelta(seconds=1))
    work()
    assert ProviderTold.objects.get().state == "DEAD"
    assert topics("txn.told_given_up") == []


def test_a_refused_call_is_read_again_when_a_person_says_so(teller, monkeypatch):
    attempt = waiting_for_word(teller)
    with monkeypatch.context() as wrong:
        wrong.setattr("tests.processors.webhooks.teller.SALT", b"not theirs")
        call(body_of(charged(attempt)), proof=proof_of(body_of(charged(attempt)), b"newest"))
        work()
    assert (the_call().state, payment_of(attempt).state) == ("REJECTED", "UNKNOWN")

    replay_call(call_id=the_call().pk, by=HOUSE, at=clock.now())
    work()

    assert (the_call().state, payment_of(attempt).state) == ("READ", "CAPTURED")
    with pytest.raises(Conflict):
        replay_call(call_id=the_call().pk, by=HOUSE, at=clock.now())


@pytest.mark.parametrize("body", [b"", b"[]", b"\x00\xff", b'{"events": [{"key": "a"}]}', b'{"events": 3}'])
def test_what_nobody_can_read_is_refused_and_keeps_nobody_waiting(teller, body):
    attempt = waiting_for_word(teller)
    call(body)
    tell(charged(attempt))
    work()
    assert WebhookCall.objects.filter(state="REJECTED").count() == 1
    assert payment_of(attempt).state == "CAPTURED"


@pytest.mark.parametrize("odd", [{"reason": "a\x00b"}, {"minor": 2**70}, {"reference": "\ud800"}])
def test_what_no_table_can_hold_is_refused_and_keeps_nobody_waiting(teller, odd):
    attempt = waiting_for_word(teller)
    tell(charged(attempt, **odd))
    tell(charged(attempt))
    work()
    assert WebhookCall.objects.filter(state="REJECTED").count() == 1
    assert payment_of(attempt).state == "CAPTURED"


def test_a_fault_of_ours_puts_one_call_off_and_not_the_others(teller, monkeypatch):
    attempt = waiting_for_word(teller)
    parse = teller.parse
    monkeypatch.setattr(
        teller, "parse", lambda merchant, hook: 1 / 0 if b"bomb" in hook.body else parse(merchant, hook)
    )
    tell({"key": "bomb", "kind": "other"})
    tell(charged(attempt))
    work()
    assert WebhookCall.objects.filter(state="RECEIVED", why="could not be read: ZeroDivisionError").count() == 1
    assert payment_of(attempt).state == "CAPTURED"

    monkeypatch.setattr(teller, "parse", parse)
    later(minutes=2)
    work()
    assert not WebhookCall.objects.exclude(state="READ").exists()


def test_a_fault_while_applying_parks_that_one_alone(teller, monkeypatch):
    view = bought()
    attempt = waiting_for_word(teller)
    bad = {"key": "bad", "kind": "refunded", "minor": 5_00, "ref": "r-bad", "currency": "EUR",
           "reference": payment_of(view).attempts.get().reference}  # fmt: skip
    tell(bad)
    tell(charged(attempt))
    work()
    assert told_states() == {"bad": "PARKED", f"c-{attempt.reference}": "APPLIED"}


def test_reading_and_applying_ask_the_database_little(teller):
    """Statements of a whole flood of news, per piece; the ledger's own are among them."""
    attempts = [waiting_for_word(teller) for _ in range(10)]
    for attempt in attempts:
        tell(charged(attempt))
    clock.now()

    assert statements(read_calls) <= 8
    applying = statements(lambda: apply_due(by=HOUSE))
    assert Payment.objects.filter(state="CAPTURED").count() == 10
    for attempt in attempts:
        tell(charged(attempt, key=f"again-{attempt.reference}"))
    assert statements(read_calls) <= 8
    assert apply_due(by=HOUSE) == 0, "what is known already was recognised when it was read"
    assert list(told_states().values()).count("STALE") == 10
    assert applying <= 30


def test_a_proved_call_about_what_is_taken_teaches_the_number_of_its_movement(teller, monkeypatch):
    view = bought()
    attempt = payment_of(view).attempts.get()
    monkeypatch.setattr(
        "tests.processors.webhooks.teller.event_of", lambda said: replace(event_of(said), transaction_ref="m-1")
    )
    tell(charged(attempt, key="unproved"), proof=None)
    read_calls()
    assert apply_due(by=HOUSE) == 0
    attempt.refresh_from_db()
    assert attempt.transaction_ref == ""

    assert list(told_states().values()) == ["STALE"], "and nobody was asked"

    tell(charged(attempt))
    read_calls()
    attempt.refresh_from_db()
    assert (attempt.transaction_ref, told_states()[f"c-{attempt.reference}"]) == ("m-1", "STALE")


def test_a_call_teaches_the_providers_number_to_an_attempt_that_has_none(teller):
    attempt = payment_of(bought()).attempts.get()
    Attempt.objects.filter(pk=attempt.pk).update(provider_ref="")
    tell(charged(attempt))
    work()
    attempt.refresh_from_db()
    assert (attempt.provider_ref, list(told_states().values())) == (f"t{attempt.reference}", ["STALE"])


def statements(work):
    with CaptureQueriesContext(connection) as asked:
        assert work()
    of_transactions = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return len([query["sql"] for query in asked if not query["sql"].startswith(of_transactions)])


def test_questions_wait_for_nobody_and_nobody_for_them(teller):
    attempt, other = waiting_for_word(teller), waiting_for_word(teller)
    tell(charged(attempt), proof=None)
    tell(charged(other))
    read_calls()
    assert apply_due(by=HOUSE) == 1
    assert payment_of(other).state == "CAPTURED"
    assert teller.calls == []
    assert ask_due(by=HOUSE) == 1
    assert (payment_of(attempt).state, teller.calls) == ("CAPTURED", ["charge_status"])


@pytest.mark.parametrize("is_together", [True, False])
def test_who_was_too_slow_takes_back_all_that_it_did(teller, monkeypatch, is_together):
    attempt = waiting_for_word(teller)
    tell(charged(attempt))
    read_calls()
    together = (
        (lambda many, **given: _while_another_takes_over(many[0]) or capture_plain(many, **given))
        if (is_together)
        else (lambda *_, **__: {})
    )
    monkeypatch.setattr("processors.webhooks.applying.capture_plain", together)
    monkeypatch.setattr(
        "processors.webhooks.applying.apply_told",
        lambda **given: _while_another_takes_over(given["told"]) or _really(**given),
    )
    apply_due(by=HOUSE)
    assert payment_of(attempt).state == "UNKNOWN"
    assert topics("txn.capture") == []


def _while_another_takes_over(told):
    ProviderTold.objects.filter(pk=told.pk).update(claimed_until=clock.now() + timedelta(minutes=1))


def _really(**given):
    from processors.payments.services import apply_told

    return apply_told(**given)


def test_the_room_that_owns_a_kind_applies_it(teller):
    from processors.payments.types import Applied
    from processors.webhooks.appliers import appliers

    heard = []
    appliers.add("other", lambda *, told, by, at, asked=None: heard.append(told.key) or Applied(None, "heard"))
    try:
        tell({"key": f"o-{uuid7()}", "kind": "other"})
        work()
    finally:
        appliers.remove("other")
    assert (len(heard), ProviderTold.objects.get().why) == (1, "heard")
