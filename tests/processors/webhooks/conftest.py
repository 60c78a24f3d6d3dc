import pytest

from ledger.selectors import get_trial_balance
from processors.gateways.base import gateways
from tests.processors.payments.till import PROVIDER, open_account
from tests.processors.webhooks.teller import Teller


@pytest.fixture
def teller(db):
    """A provider inside the process that calls us. The books balance after every story."""
    open_account()
    built = gateways.add(PROVIDER, Teller())
    yield built
    gateways.remove(PROVIDER)
    assert get_trial_balance().is_balanced
