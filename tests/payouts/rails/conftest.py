import pytest

from ledger.selectors import get_trial_balance
from tests.ledger.books import KINDS, as_owner
from tests.payouts.rails.outside import Outside


@pytest.fixture
def outside(db, standing, gateways):
    """Our accounts with every rail of the sandbox. The books balance after every story."""
    with as_owner() as owner:
        owner.execute(KINDS.encode())
    yield Outside(gateways)
    assert get_trial_balance().is_balanced
