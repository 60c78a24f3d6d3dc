import pytest

from tests.approvals.stories import Lift


@pytest.fixture
def lift():
    """A kind of change that tests can break."""
    kind = Lift()
    kind.offer()
    yield kind
    kind.withdraw()
