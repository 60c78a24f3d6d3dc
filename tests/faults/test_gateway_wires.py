"""A share of the battery at the wires to providers; `manage.py faults gateway_wires` runs it for as long as asked."""

import pytest

from fanzmoney.trials import gateway_wires
from foundation.faults import Run
from payouts.life.rules.asking import LEASE
from processors.crypto.nodes import rpc
from processors.gateways.bitpay import client as bitpay
from processors.gateways.ccbill import client as ccbill
from processors.gateways.rails import host
from processors.gateways.rails.epayservice import client as epayservice
from processors.gateways.rails.paxum import client as paxum


@pytest.mark.parametrize("client", [bitpay, ccbill, epayservice, host, paxum, rpc])
def test_one_call_without_a_second_try_holds_a_worker_no_longer_than_half_a_minute(client):
    assert _bearer(client) + _call(client) <= 30


def test_a_payout_is_sent_within_its_lease_when_its_bearer_is_refused_at_each_of_both_calls():
    assert 3 * _bearer(epayservice) + 4 * _call(epayservice) <= LEASE.total_seconds()


def _bearer(client):
    return client.CONNECT_SECONDS + client.BEARER_SECONDS if hasattr(client, "BEARER_SECONDS") else 0


def _call(client):
    return client.CONNECT_SECONDS + client.ANSWER_SECONDS


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_over_bad_wires_each_happens_once_and_is_known_and_the_battery_notices_when_nobody_asks(
    gateways, settings, monkeypatch
):
    settings.SANDBOX_URL = gateways.base
    run = Run(most_trials=1)
    gateway_wires.trouble_gateways(run)
    assert (run.trials, run.violations) == (1, [])

    monkeypatch.setattr(gateway_wires, "WAYS", (gateway_wires._short,))
    monkeypatch.setattr(gateway_wires.World, "mend", lambda *_: None)
    run = Run(most_trials=1)
    gateway_wires.trouble_gateways(run)
    assert "an hour later nobody knows" in " ".join(run.violations)
