import pytest
from django.test import Client

from fanzmoney.trials.live_house import live_house
from tests.cast import signed_in, staff


@pytest.fixture
def house(transactional_db):
    with live_house() as house:
        yield house


@pytest.fixture
def petra():
    return signed_in(Client(), staff("petra"))


@pytest.fixture
def soon(monkeypatch):
    """Who may still be here is asked ten times a second."""
    monkeypatch.setattr("dashboards.live.hub.STANDING_SECONDS", 0.1)
