"""The adapters against rails as the sandbox plays them: it wrote every digest and every field a second time."""

from datetime import UTC, date, datetime, timedelta

import pytest

from foundation.ids import uuid7
from foundation.money import Money
from processors.gateways.rails.ach import Ach
from processors.gateways.rails.epayservice import EPayService
from processors.gateways.rails.iso20022 import Sepa, Wire
from processors.gateways.rails.paxum import Paxum
from processors.gateways.rails.references import reference_of
from processors.gateways.rails.types import BatchToWrite, RailRequest, RailResult
from processors.gateways.types import Merchant

TO_PAXUM = {"email": "maya@example.com"}
TO_ACH = {"routing_number": "011401533", "account_number": "123456789", "account_type": "checking", "holder": "person"}
TO_SEPA = {"iban": "FR1420041010050500013M02606"}
TO_WIRE = {"account": "000123456789", "routing_number": "021000021", "town": "Austin", "country": "US"}
TO_EPAYSERVICE = {"account_number": "EC12345"}
DAY = timedelta(days=1)


@pytest.fixture
def there(gateways):
    class There:
        control = gateways.control

        def merchant(self, rail: str, **settings: object) -> Merchant:
            return Merchant(f"{rail}-main", rail, settings, gateways.gateways[rail])

        def book(self, reference: str) -> list[dict]:
            return self.control.ask(f"/_sandbox/rails/book?reference={reference}")["instructions"]

        def plan(self, rail: str, kind: str, reference: str, **more: str) -> None:
            self.control.ask("/_sandbox/rails/plans", {"rail": rail, "plan": kind, "reference": reference, **more})

        paxum = property(
            lambda self: self.merchant("paxum", api_url=f"{gateways.base}/paxum/payment/api/paymentAPI.php")
        )
        ach = property(lambda self: self.merchant("ach", base_url=f"{gateways.base}/bank/ach"))
        eps_api = f"{gateways.base}/epayservice/open_api"
        epayservice = property(lambda self: self.merchant("epayservice", base_url=self.eps_api, pays_by_api=True))

        def bank(self, rail: str) -> Merchant:
            return self.merchant(rail, base_url=f"{gateways.base}/bank/{rail}")

    world = There()
    world.control.ask("/_sandbox/rails/forget", {})
    return world


def asked(to: dict[str, str], amount: Money = Money(100_00, "USD"), name: str = "Maya Cole") -> RailRequest:  # noqa: B008
    return RailRequest(reference_of(uuid7(), 1), amount, to, name)


def now() -> datetime:
    return datetime.now(UTC)


def test_paxum_pays_at_once_and_finds_it_again(there):
    request = asked(TO_PAXUM)
    sent = Paxum().send(there.paxum, request)
    assert (sent.result, sent.fee) == (RailResult.PAID, Money(50, "USD"))
    found = Paxum().status(there.paxum, request.reference, "", now(), request)
    assert (found.result, found.provider_ref) == (RailResult.PAID, sent.provider_ref)
    assert [one["amount_minor"] for one in there.book(request.reference)] == [100_00]


@pytest.mark.parametrize(
    ("kind", "sent", "found"),
    [
        ("refuse", RailResult.REFUSED, RailResult.NOT_SENT),
        ("reject", RailResult.NOT_SENT, RailResult.NOT_SENT),
        ("silent", RailResult.UNKNOWN, RailResult.NOT_SENT),
        ("twice", RailResult.UNKNOWN, RailResult.PAID),
        ("lose_reply", RailResult.UNKNOWN, RailResult.PAID),
        ("hang_up", RailResult.UNKNOWN, RailResult.NOT_SENT),
        ("wrong_amount", RailResult.PAID, RailResult.UNKNOWN),
    ],
)
def test_paxum_in_trouble_is_asked_and_never_told_again(there, kind, sent, found):
    request = asked(TO_PAXUM)
    there.plan("paxum", kind, request.reference)
    assert Paxum().send(there.paxum, request).result is sent
    assert Paxum().status(there.paxum, request.reference, "", now(), request).result is found
    is_taken = found in (RailResult.PAID, RailResult.UNKNOWN)
    assert len(there.book(request.reference)) == is_taken


def test_a_wrong_secret_is_our_fault_and_nobody_elses(there):
    known = there.paxum
    stranger = Merchant(known.slug, "paxum", known.settings, {**known.secrets, "secret": "other"})
    outcome = Paxum().send(stranger, asked(TO_PAXUM))
    assert (outcome.result, outcome.code, outcome.disables_destination) == (RailResult.NOT_SENT, "90", False)


def handed_over(there, rail, merchant, requests, number=1):
    day = date.today()
    batch = BatchToWrite(f"{rail.capabilities.rail.upper()}-{day:%Y%m%d}-{number}", day, number, tuple(requests), day)
    file = rail.build(merchant, batch)
    return batch.reference, file, rail.transmit(merchant, file, batch.reference)


def test_a_strict_bank_takes_our_file_settles_it_and_sends_back_what_it_must(there):
    good, gone, changed = asked(TO_ACH), asked(TO_ACH, name="Jörg <Ünal>"), asked(TO_ACH | {"account_number": "55577"})
    there.plan("ach", "return", gone.reference)
    there.plan("ach", "correct", changed.reference)

    reference, file, outcome = handed_over(there, Ach(), there.ach, [good, gone, changed])
    assert outcome.result is RailResult.ACCEPTED
    assert Ach().transmit(there.ach, file, reference).result is RailResult.ACCEPTED
    assert Ach().status(there.ach, reference, "", now()).result is RailResult.ACCEPTED
    there.control.clock(12 * 86_400)

    told = Ach().reports(there.ach, now() - DAY)
    by = {(one.batch_reference or one.reference): [] for one in told}
    for one in told:
        by[one.batch_reference or one.reference].append(one)
    assert [one.result for one in by[reference]] == [RailResult.ACCEPTED, RailResult.PAID]
    (back,) = by[gone.reference]
    assert (back.result, back.code, back.amount) == (RailResult.RETURNED, "R03", gone.amount)
    assert back.disables_destination
    (change,) = by[changed.reference]
    assert (change.result, change.code) == (RailResult.ACCEPTED, "C01")
    assert change.corrects["account_number"]
    assert good.reference not in by
    assert [len(there.book(one.reference)) for one in (good, gone, changed)] == [1, 1, 1]


def test_a_file_whose_answer_was_lost_is_asked_for(there):
    request = asked(TO_ACH)
    there.plan("ach", "lose_reply", request.reference)
    reference, file, outcome = handed_over(there, Ach(), there.ach, [request])
    assert outcome.result is RailResult.UNKNOWN
    assert Ach().status(there.ach, reference, "", now()).result is RailResult.ACCEPTED
    assert Ach().status(there.ach, "ACH-NEVER-1", "", now()).result is RailResult.NOT_SENT
    assert Ach().transmit(there.ach, file, reference).result is RailResult.ACCEPTED
    assert len(there.book(request.reference)) == 1


def test_a_file_that_is_rejected_pays_nobody(there):
    request = asked(TO_ACH)
    there.plan("ach", "reject", request.reference)
    *_, outcome = handed_over(there, Ach(), there.ach, [request])
    assert (outcome.result, outcome.code) == (RailResult.REFUSED, "FUNDS")
    assert there.book(request.reference) == []


@pytest.mark.parametrize(("rail", "to", "currency"), [(Sepa(), TO_SEPA, "EUR"), (Wire(), TO_WIRE, "USD")])
def test_a_strict_bank_reads_our_pain_001_and_tells_of_every_transfer(there, rail, to, currency):
    name, amount = rail.capabilities.rail, Money(250_00, currency)
    good, gone, bad = (asked(to, amount, who) for who in ("Maya Cole", "J\u00f6rg <\u00dcnal> & S\u00f8n", "Sam"))
    there.plan(name, "return", gone.reference)
    there.plan(name, "refuse", bad.reference)

    reference, file, outcome = handed_over(there, rail, there.bank(name), [good, gone, bad])
    assert outcome.result is RailResult.ACCEPTED, outcome
    assert rail.transmit(there.bank(name), file, reference).result is RailResult.ACCEPTED
    there.control.clock(14 * 86_400)

    told = rail.reports(there.bank(name), now() - DAY)
    words = {one.reference: [] for one in (good, gone, bad)}
    for one in told:
        assert one.result is not RailResult.UNKNOWN, one
        if one.reference:
            words[one.reference].append(one)
    assert [one.result for one in words[good.reference]][-1] is RailResult.PAID
    assert [one.result for one in words[gone.reference]][-2:] == [RailResult.PAID, RailResult.RETURNED]
    back = words[gone.reference][-1]
    assert (back.code, back.amount, back.disables_destination) == ("AC04", amount, True)
    (refused,) = words[bad.reference]
    assert (refused.result, refused.code, refused.disables_destination) == (RailResult.REFUSED, "AC01", True)
    assert [len(there.book(one.reference)) for one in (good, gone, bad)] == [1, 1, 0]


@pytest.mark.parametrize(("rail", "to", "currency"), [(Sepa(), TO_SEPA, "EUR"), (Wire(), TO_WIRE, "USD")])
def test_a_file_without_cover_is_rejected_as_a_whole(there, rail, to, currency):
    name, request = rail.capabilities.rail, asked(to, Money(250_00, currency))
    there.plan(name, "reject", request.reference)
    reference, *_ = handed_over(there, rail, there.bank(name), [request])
    words = [one for one in rail.reports(there.bank(name), now() - DAY) if one.batch_reference == reference]
    assert [(one.result, one.code) for one in words][-1] == (RailResult.REFUSED, "AM04")
    assert there.book(request.reference) == []


@pytest.mark.parametrize(
    ("kind", "sent", "found"),
    [
        ("usual", RailResult.PAID, RailResult.PAID),
        ("refuse", RailResult.REFUSED, RailResult.UNKNOWN),
        ("reject", RailResult.NOT_SENT, RailResult.UNKNOWN),
        ("silent", RailResult.UNKNOWN, RailResult.UNKNOWN),
        ("twice", RailResult.UNKNOWN, RailResult.PAID),
        ("lose_reply", RailResult.UNKNOWN, RailResult.PAID),
        ("hang_up", RailResult.UNKNOWN, RailResult.UNKNOWN),
        ("wrong_amount", RailResult.PAID, RailResult.UNKNOWN),
    ],
)
def test_epayservice_is_asked_about_what_it_did_not_answer(there, kind, sent, found):
    request = asked(TO_EPAYSERVICE)
    there.plan("epayservice", kind, request.reference)
    outcome = EPayService().send(there.epayservice, request)
    assert outcome.result is sent, outcome
    again = EPayService().status(there.epayservice, request.reference, "", now(), request)
    assert again.result is found, again
    assert len(there.book(request.reference)) == (kind in ("usual", "twice", "lose_reply", "wrong_amount"))


@pytest.mark.parametrize(
    ("rail", "to", "until_then"),
    [(Paxum(), TO_PAXUM, RailResult.NOT_SENT), (EPayService(), TO_EPAYSERVICE, RailResult.UNKNOWN)],
    ids=["paxum", "epayservice"],
)
def test_what_is_listed_only_later_is_found_then(there, rail, to, until_then):
    request, name = asked(to), rail.capabilities.rail
    merchant, sent_at = getattr(there, name), now()
    there.plan(name, "list_late", request.reference)
    assert rail.send(merchant, request).result is RailResult.UNKNOWN
    assert rail.status(merchant, request.reference, "", sent_at, request).result is until_then
    there.control.clock(6 * 3_600)
    assert rail.status(merchant, request.reference, "", sent_at, request).result is RailResult.PAID
    assert len(there.book(request.reference)) == 1
