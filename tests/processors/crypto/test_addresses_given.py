"""An address is given once, whatever happens at the same time and whatever dies in between."""

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from foundation import clock
from foundation.actors import ANONYMOUS
from foundation.errors import Conflict, Invalid
from processors.crypto.models import CryptoInvoice, DepositAddress, HdKey
from processors.crypto.rules.addresses import derive
from processors.crypto.services import OurInvoices, add_key, give_address
from processors.gateways.types import ChargeRequest
from processors.payments.directory import merchant
from processors.payments.services import send_attempt
from tests.cast import HOUSE
from tests.ledger.books import at_once
from tests.processors.crypto.test_addresses import XPUB, ZPUB
from tests.processors.crypto.world import PRICE, invoice_of

AT_ONCE = 8
pytestmark = pytest.mark.django_db(transaction=True)


def test_many_at_once_get_an_address_each(coins):
    attempts, views = [coins.prepare().pk for _ in range(AT_ONCE * 2)], []
    for half in (attempts[:AT_ONCE], attempts[AT_ONCE:]):
        views += at_once(*(lambda id=id: send_attempt(attempt_id=id, by=HOUSE) for id in half))

    assert {view.state for view in views} == {"REQUIRES_ACTION"}
    addresses = {invoice_of(view).address for view in views}
    assert len(addresses) == AT_ONCE * 2
    indexes = sorted(DepositAddress.objects.values_list("index", flat=True))
    assert indexes == list(range(indexes[0], indexes[0] + AT_ONCE * 2))
    assert addresses == {derive("BTC", ZPUB, index) for index in indexes}


def test_one_charge_asked_for_many_times_at_once_has_one_address(coins):
    attempt = coins.prepare()
    request, ours = ChargeRequest(attempt.reference, PRICE, coin="BTC"), OurInvoices()

    standings = at_once(*(lambda: ours.open(merchant("onchain"), request) for _ in range(AT_ONCE)))

    assert len({one.pay_to.address for one in standings}) == 1
    assert (CryptoInvoice.objects.count(), DepositAddress.objects.count()) == (1, 1)


def test_a_transaction_that_dies_gives_nothing_away(coins):
    before = HdKey.objects.get(chain="ETH").next_index
    with transaction.atomic():
        lost = give_address(chain="ETH", at=clock.now()).address
        transaction.set_rollback(True)
    given = give_address(chain="ETH", at=clock.now())
    assert (given.index, given.address) == (before, lost)
    assert give_address(chain="ETH", at=clock.now()).index == before + 1


def test_an_unpaid_address_stays_with_its_invoice_for_ever(coins):
    payment = coins.ask()
    coins.later(60 * 24 * 30)
    coins.look()
    coins.rates()
    assert invoice_of(payment).state == "EXPIRED"
    assert invoice_of(coins.ask()).address != invoice_of(payment).address


@pytest.mark.parametrize("deed", ["delete", "update"])
def test_the_database_keeps_what_was_given(coins, deed):
    coins.ask()
    rows = DepositAddress.objects.all()
    with pytest.raises(DatabaseError):
        rows.delete() if deed == "delete" else rows.update(index=7)
    with pytest.raises(DatabaseError), transaction.atomic():
        HdKey.objects.update(account_key=XPUB)


def test_the_same_address_is_never_two_rows_in_whatever_letters(coins):
    given = give_address(chain="ETH", at=clock.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        DepositAddress.objects.create(
            hd_key_id=given.hd_key_id, chain="ETH", index=given.index + 1, address=given.address.lower(),
            given_at=clock.now(),
        )  # fmt: skip


def test_another_account_takes_over_and_the_first_is_not_added_again(coins):
    other = derive_account()
    add_key(coin="BTC", account_key=other, network="main", by=HOUSE, at=clock.now())
    assert HdKey.objects.get(chain="BTC", is_active=True).account_key == other
    assert give_address(chain="BTC", at=clock.now()).address == derive("BTC", other, 0)
    with pytest.raises(Conflict):
        add_key(coin="BTC", account_key=ZPUB, network="main", by=HOUSE, at=clock.now())


def test_a_private_key_is_refused_wherever_it_is_put(coins, settings):
    from embit.bip32 import HDKey
    from embit.bip39 import mnemonic_to_seed

    private = HDKey.from_seed(mnemonic_to_seed("abandon " * 11 + "about")).derive("m/84h/0h/0h").to_string()
    with pytest.raises(Invalid) as refused:
        add_key(coin="BTC", account_key=private, network="main", by=ANONYMOUS, at=clock.now())
    assert refused.value.code == "crypto.private_key"
    with pytest.raises(DatabaseError), transaction.atomic():
        HdKey.objects.create(
            chain="X", network="main", account_key=private, fingerprint="f", added_at=clock.now(), path="m"
        )
    coins.write_secrets(btc_user=private)
    with pytest.raises(Invalid):
        coins.setup  # noqa: B018


def test_the_adapter_says_that_nothing_was_sent_where_no_address_can_be_given(coins):
    HdKey.objects.update(is_active=False)
    assert coins.ask().state == "FAILED"
    assert DepositAddress.objects.count() == 0
    HdKey.objects.update(is_active=True)
    assert coins.ask().state == "REQUIRES_ACTION"


def derive_account() -> str:
    """The public key of another published account (the words of BIP 39's second vector)."""
    from embit.bip32 import HDKey
    from embit.bip39 import mnemonic_to_seed

    words = "legal winner thank year wave sausage worth useful legal winner thank yellow"
    return HDKey.from_seed(mnemonic_to_seed(words)).derive("m/84h/0h/0h").to_public().to_string()
