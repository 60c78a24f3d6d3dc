import pytest

from tests.live.house import live_house


@pytest.fixture
def house(transactional_db):
    with live_house() as house:
        yield house
