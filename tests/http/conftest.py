import pytest
from django.test import Client

from foundation.http import access, rates
from tests.cast import bearer
from tests.http import sample


@pytest.fixture
def room(settings, monkeypatch):
    """The sample room beside the real ones."""
    settings.ROOT_URLCONF = "tests.http.sample"
    monkeypatch.setattr(access, "_rows", access._rows | sample.ROWS)


@pytest.fixture
def api(room, db):
    """A client that shows answers instead of raising, signed by BoyFanz's program."""
    rates._client().flushdb()
    return Client(raise_request_exception=False, headers=bearer())


ORDER = {"reference": "r-1", "total": {"amount_minor": 1250, "currency": "USD"}}


@pytest.fixture
def order():
    return dict(ORDER)
