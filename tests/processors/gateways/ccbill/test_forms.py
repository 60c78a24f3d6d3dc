"""The hosted form: its digest, and a buyer who fills it in at the played CCBill."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from foundation.errors import Invalid
from foundation.money import Money
from processors.gateways.ccbill.values import form_digest
from processors.gateways.types import ChargeRequest, EventKind, Proof, Recurring, Result
from tests.processors.gateways.ccbill.test_webhooks import letters
from tests.sandbox.ccbill_client import CCBill as Buyer

BACK = "http://localhost:8000/thanks"


@pytest.mark.parametrize(
    ("parts", "salt", "digest"),
    [
        (("90.21", "30", "840"), "99999", "49a51c8019718ebf6d812decb2c578e1"),
        (("90.21", "30", "3.00", "10", "99", "840"), "99999", "ac834f326f829b782a052b77f35e7e54"),
        (("18.00", "10", "840"), "789", "d9d6e044d6663cd05d07e15735205a7f"),
    ],
)
def test_the_digest_is_that_of_the_published_examples(parts, salt, digest):
    assert form_digest(parts, salt) == digest


def to_form(played, minor=20_00, **more):
    asked = ChargeRequest("order-0192-1", Money(minor, "USD"), return_url=BACK, **more)
    return asked, played.gateway.charge(played.merchant, asked)


def opened(played, url):
    """The page behind the link, and whoever fills it in."""
    buyer = Buyer(played.world.base, played.world.merchants["ccbill"])
    link = urlsplit(url)
    return buyer, buyer.ask("GET", f"{link.path.removeprefix('/ccbill')}?{link.query}")


def test_a_buyer_pays_on_the_form_and_it_is_told_with_proof(played):
    asked, outcome = to_form(played)
    assert (outcome.result, outcome.action.kind) == (Result.ACTION_REQUIRED, "redirect")
    assert played.merchant.secrets["salt"] not in outcome.action.url
    buyer, page = opened(played, outcome.action.url)
    assert page.status == 200

    done = buyer.pay_form(page)

    assert done.headers["Location"].startswith(BACK)
    number = parse_qs(urlsplit(done.headers["Location"]).query).get("subscription_id", [""])[0]
    sale = played.sales(asked.reference)[-1]
    assert number in ("", sale["subscription_id"])
    webhook = letters(played, sale["subscription_id"])[0]
    assert played.gateway.check(played.merchant, webhook).proof is Proof.VERIFIED
    (said,) = played.gateway.parse(played.merchant, webhook)
    assert (said.kind, said.reference, said.amount) == (EventKind.CHARGED, asked.reference, asked.amount)
    other = replace(played.merchant, secrets={**played.merchant.secrets, "salt": "not theirs"})
    assert played.gateway.check(other, webhook).proof is Proof.REJECTED


def test_a_link_with_another_price_is_refused(played):
    _, outcome = to_form(played)
    _, page = opened(played, outcome.action.url.replace("initialPrice=20.00", "initialPrice=2.00"))
    assert page.status >= 400


def test_a_subscription_begins_on_the_form(played):
    asked, outcome = to_form(played, 9_00, recurring=Recurring(Money(15_00, "USD"), 30))
    buyer, page = opened(played, outcome.action.url)
    buyer.pay_form(page)
    played.world.control.clock(31 * 86_400)
    assert [sale["amount"] for sale in played.sales(asked.reference)][:2].count("15.00") == 1


def test_a_currency_ccbill_does_not_take_goes_nowhere(played):
    with pytest.raises(Invalid):
        played.gateway.charge(played.merchant, ChargeRequest("r", Money(1, "BTC")))
