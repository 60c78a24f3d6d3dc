import pytest

from ledger.selectors import get_trial_balance
from processors.gateways.base import gateways
from tests.processors.payments.till import PROVIDER, Till, open_account


@pytest.fixture
def till(db):
    """A provider inside the process, and an account of ours with it. The books balance after every story."""
    open_account()
    built = gateways.add(PROVIDER, Till())
    yield built
    gateways.remove(PROVIDER)
    balance = get_trial_balance()
    assert balance.is_balanced
