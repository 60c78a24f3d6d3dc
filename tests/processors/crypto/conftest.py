import pytest

from foundation import clock
from ledger.selectors import sums_by_currency
from ledger.verification import verify
from tests.processors.crypto.world import CoinWorld


@pytest.fixture
def coins(gateways, tmp_path, settings, transactional_db):
    """Every story ends with sound books that add up to nothing."""
    settings.GATEWAYS_FILE = ""
    yield CoinWorld(gateways, tmp_path)
    clock.forget()
    assert verify(with_seals=False).findings == []
    assert not any(sums_by_currency().values())
