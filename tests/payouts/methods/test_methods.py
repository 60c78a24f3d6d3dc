"""Where creators are paid to: proved by a code, sealed, changed slowly, and nobody else's."""

from collections import Counter
from datetime import timedelta

import pytest
from django.core import mail

from foundation import clock
from foundation.audit.models import AuditRecord
from foundation.errors import Conflict, Invalid, NotFound, TooMany, Unprocessable
from foundation.events.models import Outbox
from foundation.reasons import Reason
from payouts.life.services import choose_method, freeze_payout, release_due, send_due
from payouts.methods.mails import mail_code
from payouts.methods.models import PayoutMethod, PayoutMethodCode
from payouts.methods.selectors import code_of, code_to_send, get_method, list_methods, open_details
from payouts.methods.services import (
    add_method,
    cooled_off,
    disown_method,
    prefer_method,
    prove_by_hand,
    prove_method,
    remove_method,
    send_code,
)
from processors.gateways.rails.types import RailOutcome, RailResult
from tests.cast import HOUSE
from tests.ledger.books import at_once
from tests.payouts.scene import (
    ask,
    creator,
    fund,
    instruction_of,
    later,
    method_of,
    prove,
    queued,
    rich,
    seen,
    topics,
)

pytestmark = pytest.mark.django_db


def add(creator_id, email="maya@paxum.example", **more):
    facts = {"creator_id": creator_id, "rail": "paxum", "currency": "USD", "details": {"email": email}}
    return add_method(**{**facts, "by": HOUSE, "at": clock.now(), **more})


def newest_code(method_id):
    return code_of(PayoutMethodCode.objects.filter(method_id=method_id).latest("id").pk)


def give(method_id, creator_id, code):
    return prove_method(method_id=method_id, creator_id=creator_id, code=code, by=HOUSE, at=clock.now())


def test_a_first_destination_is_used_once_its_code_came_back(desk):
    maya = creator()
    view = add(maya)
    assert (view.state, view.is_preferred, view.label) == ("UNVERIFIED", False, "Paxum ma···")
    with pytest.raises(Conflict):
        ask(maya, 50_00, method_id=view.id)
    done = give(view.id, maya, newest_code(view.id))
    assert (done.state, done.is_preferred) == ("ACTIVE", True)
    assert topics("payout_method.added", "payout_method.code_wanted", "payout_method.proved") == [
        "payout_method.added", "payout_method.code_wanted", "payout_method.proved",
    ]  # fmt: skip


def test_details_are_sealed_and_shown_to_nobody(desk):
    maya = creator()
    row = method_of(maya, email="secret-name@paxum.example")
    assert b"secret-name" not in bytes(row.sealed)
    assert "secret-name" not in row.label
    assert not any("secret-name" in str(payload) for payload in Outbox.objects.values_list("payload", flat=True))
    assert open_details([row]) == {row.pk: {"email": "secret-name@paxum.example"}}


def test_the_same_account_of_two_creators_is_seen_without_opening_either(desk):
    one, two = method_of(creator(), email="same@p.example"), method_of(creator(), email="same@p.example")
    assert bytes(one.fingerprint) == bytes(two.fingerprint)
    assert bytes(one.sealed) != bytes(two.sealed)


def test_the_code_goes_by_mail_and_stands_nowhere_else(desk):
    maya = creator("maya-mail")
    view = add(maya)
    row = code_to_send(PayoutMethodCode.objects.get(method_id=view.id).pk)
    assert mail_code(row)
    (sent,) = mail.outbox
    assert sent.to == ["maya-mail@people.example"]
    assert newest_code(view.id) in sent.body
    assert newest_code(view.id) not in str(list(Outbox.objects.values_list("payload", flat=True)))


def test_five_wrong_codes_and_the_right_one_is_too_late(desk):
    maya = creator()
    view = add(maya)
    right = newest_code(view.id)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    for _ in range(5):
        with pytest.raises(Unprocessable):
            give(view.id, maya, wrong)
    with pytest.raises(Unprocessable):
        give(view.id, maya, right)
    send_code(method_id=view.id, creator_id=maya, by=HOUSE, at=clock.now())
    assert give(view.id, maya, newest_code(view.id)).state == "ACTIVE"


def test_an_old_code_proves_nothing_and_a_newer_one_replaces_it(desk):
    maya = creator()
    view = add(maya)
    first = newest_code(view.id)
    send_code(method_id=view.id, creator_id=maya, by=HOUSE, at=clock.now())
    with pytest.raises(Unprocessable):
        give(view.id, maya, first)
    second = newest_code(view.id)
    later(minutes=16)
    with pytest.raises(Unprocessable):
        give(view.id, maya, second)


def test_codes_of_a_day_are_counted(desk):
    maya = creator()
    view = add(maya)
    for _ in range(4):
        send_code(method_id=view.id, creator_id=maya, by=HOUSE, at=clock.now())
    with pytest.raises(TooMany):
        send_code(method_id=view.id, creator_id=maya, by=HOUSE, at=clock.now())


@pytest.mark.parametrize(
    "work",
    [
        lambda id, by: get_method(id, creator_id=by),
        lambda id, by: give(id, by, "000000"),
        lambda id, by: send_code(method_id=id, creator_id=by, by=HOUSE, at=clock.now()),
        lambda id, by: prefer_method(method_id=id, creator_id=by, by=HOUSE, at=clock.now()),
        lambda id, by: remove_method(method_id=id, creator_id=by, by=HOUSE, at=clock.now()),
        lambda id, by: disown_method(method_id=id, creator_id=by, by=HOUSE, at=clock.now()),
        lambda id, by: add(by, "x@y.example", replaces_id=id),
        lambda id, by: ask(by, 30_00, method_id=id),
    ],
)
def test_somebody_elses_is_not_found(desk, work):
    theirs, other = add(creator()), rich()
    with pytest.raises(NotFound):
        work(theirs.id, other)
    assert PayoutMethod.objects.get(pk=theirs.id).state == "UNVERIFIED"


def test_what_no_rail_can_pay_to_is_refused_with_its_field(desk):
    with pytest.raises(Invalid) as refused:
        add(creator(), "nobody")
    assert refused.value.errors[0]["field"] == "email"
    with pytest.raises(Unprocessable):
        add(creator(), currency="JPY")
    with pytest.raises(Invalid):
        add(creator(), rail="pigeon")


def test_the_same_again_is_refused(desk):
    maya = creator()
    method_of(maya, email="a@b.example")
    with pytest.raises(Conflict):
        add(maya, "a@b.example")


def test_a_change_waits_a_day_with_its_code_and_two_without(desk):
    maya = creator()
    first = method_of(maya, email="old@b.example")
    by_code, by_hand = add(maya, "new@b.example", replaces_id=first.pk), add(maya, "third@b.example")
    prove(by_code.id, maya)
    prove_by_hand(method_id=by_hand.id, reason="a statement was seen", by=HOUSE, at=clock.now())
    changed, seen_one = PayoutMethod.objects.get(pk=by_code.id), PayoutMethod.objects.get(pk=by_hand.id)
    assert (changed.state, seen_one.state) == ("COOLING", "COOLING")
    assert changed.usable_from == changed.created_at + timedelta(hours=24)
    assert seen_one.usable_from == seen_one.created_at + timedelta(hours=48)
    assert (changed.is_preferred, PayoutMethod.objects.get(pk=first.pk).state) == (True, "REPLACED")
    later(hours=25)
    assert cooled_off(by=HOUSE) == 1
    assert {view.id: view.state for view in list_methods(maya)} == {by_code.id: "ACTIVE", by_hand.id: "COOLING"}


def test_a_request_to_a_cooling_destination_waits_for_it(desk):
    maya = creator()
    fund(maya, 500_00)
    method_of(maya, email="old@b.example")
    new = method_of(maya, email="new@b.example")
    payout = ask(maya, 100_00, method_id=new.pk)
    assert (payout.reason_code, payout.due_at) == (Reason.BANK_CHANGED, new.usable_from)


def test_changed_while_a_payout_leaves_is_refused_and_afterwards_it_goes(desk):
    maya = rich(300_00)
    payout = queued(100_00, maya)
    new = add(maya, "new@b.example", replaces_id=payout.method_id)
    refused = []

    def meanwhile(request):
        try:
            prove(new.id, maya)
        except Conflict as error:
            refused.append(error.code)
        return desk.pay(request)

    desk.will(meanwhile)
    send_due(rail="paxum", by=HOUSE)

    assert refused == ["payouts.method_in_use"]
    assert (seen(payout).state, instruction_of(payout).method_id) == ("PAID", payout.method_id)
    send_code(method_id=new.id, creator_id=maya, by=HOUSE, at=clock.now())
    prove(new.id, maya)
    assert PayoutMethod.objects.get(pk=payout.method_id).state == "REPLACED"


def test_changed_twice_it_waits_for_the_second_change_and_both_are_on_record(desk):
    maya = rich(300_00)
    payout, first = ask(maya, 100_00), PayoutMethod.objects.get(creator_id=maya)
    second = add(maya, "second@b.example", replaces_id=first.pk)
    prove(second.id, maya)
    later(hours=20)
    third = add(maya, "third@b.example", replaces_id=second.id)
    prove(third.id, maya)
    waits, ends = PayoutMethod.objects.get(pk=third.id), seen(payout).due_at
    assert ends == waits.usable_from == waits.created_at + timedelta(hours=24)
    later(hours=43)
    assert (release_due(by=HOUSE).released, cooled_off(by=HOUSE)) == (0, 0)
    later(hours=45)
    release_due(by=HOUSE)
    later(hours=100)
    send_due(rail="paxum", by=HOUSE)
    assert (seen(payout).state, instruction_of(payout).method_id) == ("PAID", third.id)
    changes = AuditRecord.objects.filter(action="payout.rerouted", subject_id=str(payout.pk)).order_by("id")
    assert [(row.facts["before"], row.facts["after"]) for row in changes] == [
        (str(first.pk), str(second.id)), (str(second.id), str(third.id)),
    ]  # fmt: skip


def test_going_back_to_the_first_destination_is_a_change_like_any_other(desk):
    maya = rich(300_00)
    first = PayoutMethod.objects.get(creator_id=maya)
    second = add(maya, "second@b.example", replaces_id=first.pk)
    prove(second.id, maya)
    remove_method(method_id=second.id, creator_id=maya, by=HOUSE, at=clock.now())
    back = method_of(maya)
    assert (back.label, back.state) == (first.label, "COOLING")
    assert back.usable_from == back.created_at + timedelta(hours=24)


def test_one_that_a_payout_waits_for_is_not_removed(desk):
    maya = rich(300_00)
    payout = ask(maya)
    with pytest.raises(Conflict) as refused:
        remove_method(method_id=payout.method_id, creator_id=maya, by=HOUSE, at=clock.now())
    assert refused.value.code == "payouts.method_awaited"
    other = method_of(maya, email="other@b.example")
    choose_method(payout_id=payout.pk, method_id=other.pk, creator_id=maya, by=HOUSE, at=clock.now())
    remove_method(method_id=payout.method_id, creator_id=maya, by=HOUSE, at=clock.now())
    assert seen(payout).method_id == other.pk


def test_another_creator_cannot_choose_for_a_payout(desk):
    maya, sam = rich(), rich()
    payout = ask(maya)
    mine = PayoutMethod.objects.get(creator_id=sam)
    with pytest.raises(NotFound):
        choose_method(payout_id=payout.pk, method_id=mine.pk, creator_id=sam, by=HOUSE, at=clock.now())
    with pytest.raises(NotFound):
        choose_method(payout_id=payout.pk, method_id=mine.pk, creator_id=maya, by=HOUSE, at=clock.now())


def test_a_destination_that_was_not_the_creators_is_stopped_and_told(desk):
    maya = creator()
    first = method_of(maya, email="a@b.example")
    disown_method(method_id=first.pk, creator_id=maya, by=HOUSE, at=clock.now())
    row = PayoutMethod.objects.get(pk=first.pk)
    assert (row.state, row.is_preferred) == ("DISABLED", False)
    (told,) = Outbox.objects.filter(type="payout_method.stopped").values_list("payload", flat=True)
    assert told["is_disowned"]


def test_one_currency_has_one_preferred(desk):
    maya = creator()
    first, second = method_of(maya, email="a@b.example"), method_of(maya, email="c@d.example")
    prefer_method(method_id=second.pk, creator_id=maya, by=HOUSE, at=clock.now())
    assert [view.is_preferred for view in list_methods(maya) if view.id == first.pk] == [False]
    assert PayoutMethod.objects.filter(creator_id=maya, is_preferred=True).count() == 1


def test_frozen_payouts_may_be_pointed_elsewhere_too(desk):
    maya = rich()
    payout = ask(maya)
    freeze_payout(payout_id=payout.pk, code=Reason.CHARGEBACK_SPIKE, by=HOUSE, at=clock.now())
    other = method_of(maya, email="other@b.example")
    row = choose_method(payout_id=payout.pk, method_id=other.pk, creator_id=maya, by=HOUSE, at=clock.now())
    assert (row.state, row.due_at, row.method_id) == ("FROZEN", None, other.pk)


def test_a_bank_that_pays_there_no_more_stops_it(desk):
    payout = queued()
    desk.will(RailOutcome(RailResult.REFUSED, disables_destination=True))
    send_due(rail="paxum", by=HOUSE)
    assert seen(payout).method.state == "DISABLED"


@pytest.mark.django_db(transaction=True)
def test_forty_guesses_at_once_are_five_guesses(desk):
    maya = creator()
    view = add(maya)
    right = newest_code(view.id)
    guesses = [f"{(int(right) + 1 + n) % 1_000_000:06d}" for n in range(8)]
    answers = []
    for _ in range(5):
        answers += at_once(*[lambda guess=guess: give(view.id, maya, guess) for guess in guesses])
    assert Counter(getattr(answer, "code", "") for answer in answers) == {"methods.bad_code": 40}
    assert PayoutMethodCode.objects.get(method_id=view.id).tries == 5
    with pytest.raises(Unprocessable):
        give(view.id, maya, right)


@pytest.mark.django_db(transaction=True)
def test_one_code_given_eight_times_at_once_proves_once(desk):
    maya = creator()
    view = add(maya)
    right = newest_code(view.id)
    answers = at_once(*[lambda: give(view.id, maya, right).state] * 5)
    assert Counter(str(getattr(answer, "code", answer)) for answer in answers)["ACTIVE"] == 1
    assert topics("payout_method.proved") == ["payout_method.proved"]
