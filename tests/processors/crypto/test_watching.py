"""One watcher at a time, and every block once, wherever the one before was killed."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from foundation import clock
from foundation.audit.models import AuditRecord
from foundation.ids import uuid7
from ledger import chart
from processors.crypto.models import ChainBlock, ChainWatch, CryptoInvoice
from processors.crypto.selectors import newest_rate, silent_chains
from processors.crypto.services import LeaseLost, Watcher, fetch_all_rates
from processors.models import MerchantAccount
from tests.ledger.books import at_once
from tests.processors.crypto.world import invoice_of, standing, state_of

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[3]


def node(coins, chain="BTC"):
    return next(one for one in coins.setup.nodes() if one.chain == chain)


def test_a_second_watcher_waits_until_the_first_lets_go_or_falls_silent(coins):
    first, second = Watcher(coins.setup), Watcher(coins.setup)
    first.look(node(coins))
    with pytest.raises(LeaseLost):
        second.look(node(coins))
    clock.move_clock(ahead=timedelta(minutes=2))
    second.look(node(coins))
    with pytest.raises(LeaseLost):
        first.look(node(coins))


def test_a_watcher_that_lost_its_lease_writes_nothing_more(coins):
    first = Watcher(coins.setup)
    first.look(node(coins))
    coins.mine()
    there = node(coins)
    tip = ChainBlock.objects.filter(chain="BTC").count()
    ask, took = there.block, []

    def slow(height):
        if not took:
            took.append(ChainWatch.objects.filter(chain="BTC").update(holder=uuid7(), fence=99))
        return ask(height)

    there.block = slow
    with pytest.raises(LeaseLost):
        first.look(there)
    assert took
    assert ChainBlock.objects.filter(chain="BTC").count() == tip


def test_many_watchers_at_once_book_once(coins):
    payment = coins.ask()
    coins.pay(invoice_of(payment))
    coins.mine(blocks=3)
    at_once(*(coins.look for _ in range(6)))
    coins.look()
    assert state_of(payment) == ("CONFIRMED", "CAPTURED")
    assert standing(chart.account("treasury", "crypto", "BTC")) == -35_700
    captured = AuditRecord.objects.filter(action="payment.moved", facts__after="CAPTURED")
    assert captured.count() == 1


@pytest.mark.parametrize(
    "point", ["crypto.before_block", "crypto.block_added", "crypto.booked", "crypto.settled", "payments.booked"]
)
def test_killed_anywhere_it_goes_on_where_it_was(coins, point):
    payment = coins.ask()
    coins.pay(invoice_of(payment))
    coins.mine(blocks=3)

    assert _watch(CRASH_POINTS=point).returncode == -9
    clock.move_clock(ahead=timedelta(minutes=2))
    assert _watch().returncode == 0
    clock.forget()

    assert state_of(payment) == ("CONFIRMED", "CAPTURED")
    assert standing(chart.account("treasury", "crypto", "BTC")) == -35_700
    assert standing(chart.clearing("onchain", "USD")) == 0


def test_killed_while_coins_are_taken_back_it_goes_on_where_it_was(coins):
    payment = coins.ask()
    coins.pay(invoice_of(payment))
    coins.mined(blocks=3)
    coins.order("reorg", chain="btc", depth=3, dropped="vanish")

    for minutes, point in ((2, "crypto.before_drop"), (4, "crypto.booked")):
        assert _watch(CRASH_POINTS=point).returncode == -9
        clock.move_clock(ahead=timedelta(minutes=minutes))
    assert _watch().returncode == 0
    clock.forget()

    assert state_of(payment) == ("CREATED", "REQUIRES_ACTION")
    assert standing(chart.account("treasury", "crypto", "BTC")) == 0


def test_blocks_are_kept_a_hundred_deep(coins):
    coins.mined(blocks=120)
    assert ChainBlock.objects.filter(chain="BTC").count() == 100


def test_a_node_that_is_behind_drops_nothing(coins):
    coins.mined(blocks=2)
    there = node(coins)
    height = there.height()
    there.height = lambda: height - 1
    before = list(ChainBlock.objects.filter(chain="BTC").values_list("hash", flat=True))
    assert Watcher(coins.setup).look(there).dropped == 0
    assert list(ChainBlock.objects.filter(chain="BTC").values_list("hash", flat=True)) == before


def test_who_pays_before_anybody_watched_is_found(coins):
    payment = coins.ask()
    coins.pay(invoice_of(payment))
    coins.mine(blocks=5)
    ChainBlock.objects.all().delete()
    coins.look()
    assert state_of(payment) == ("CONFIRMED", "CAPTURED")


def test_silence_is_complained_about(coins):
    coins.look()
    assert silent_chains(timedelta(minutes=2)) == []
    clock.move_clock(ahead=timedelta(minutes=10))
    assert silent_chains(timedelta(minutes=2)) == ["BTC", "ETH"]


def test_rates_come_from_bitpay_with_their_source_and_time(coins, gateways):
    MerchantAccount.objects.create(
        slug="bitpay-main", provider="bitpay", currencies=["USD"], settings={"base_url": gateways.url("bitpay")}
    )
    coins.forget()
    clock.move_clock(ahead=timedelta(hours=1))
    at = clock.now()
    lasts = timedelta(minutes=5)
    assert newest_rate(coin="BTC", currency="USD", at=at, lasts=lasts) is None
    assert fetch_all_rates(at=at) == 3
    found = newest_rate(coin="BTC", currency="USD", at=at, lasts=lasts)
    assert (found.source, found.quoted_at) == ("BitPay", at)
    assert found.rate > 0


def test_an_invoice_without_a_fresh_rate_for_late_coins_waits_for_one(coins):
    payment = coins.ask()
    coins.later(40)
    coins.look()
    coins.pay(invoice_of(payment))
    coins.look()
    coins.mined(blocks=3)
    assert state_of(payment) == ("LATE", "EXPIRED") or CryptoInvoice.objects.get().due_at is not None
    assert standing(chart.account("suspense", "unmatched", "BTC")) == 35_700
    coins.rates(BTC="70000")
    CryptoInvoice.objects.update(due_at=clock.now())
    coins.look()
    assert state_of(payment) == ("OVERPAID", "CAPTURED")


def _watch(**environment: str) -> subprocess.CompletedProcess[bytes]:
    name = settings.DATABASES["default"]["NAME"]
    base, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    return subprocess.run(
        [sys.executable, "manage.py", "crypto_watch", "--once"],
        cwd=ROOT,
        env={
            **os.environ, "DATABASE_URL": f"{base}/{name}", "GATEWAYS_FILE": settings.GATEWAYS_FILE, **environment,
        },
        capture_output=True,
        timeout=120,
    )  # fmt: skip
