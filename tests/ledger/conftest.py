import pytest

from ledger.selectors import sums_by_currency
from ledger.verification import verify
from tests.ledger.books import KINDS, as_owner


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "tampers: leaves books that are not sound, on purpose")


@pytest.fixture(autouse=True)
def books(request, db):
    """Every story has the same chart of accounts, and ends with sound books that add up to zero."""
    with as_owner() as owner:
        owner.execute(KINDS.encode())
    yield
    if request.node.get_closest_marker("tampers") is None:
        assert verify(with_seals=False).findings == []
        assert not any(sums_by_currency().values())
