import pytest

from fanzmoney.trials.live_house import live_house


@pytest.fixture
def house(transactional_db):
    with live_house() as house:
        yield house
