"""Who needs a bearer does not stand in line for ever."""

import threading

import pytest

from processors.gateways.ccbill import client
from processors.gateways.types import Merchant


def test_nobody_waits_for_a_bearer_behind_one_caller_after_another(monkeypatch):
    here = {"api_url": "http://127.0.0.1:9", "application_id": "a", "secret": "s"}
    merchant = Merchant("ccbill-waiting", "ccbill", here, {})
    monkeypatch.setattr(client, "WAIT_SECONDS", 0.05)
    with client._renewing.setdefault(client._key(merchant), threading.Lock()):
        with pytest.raises(client.NoBearer, match="wait for it"):
            client._bearer(merchant)
    with pytest.raises(client.NoBearer, match="not reached"):
        client._bearer(merchant)
