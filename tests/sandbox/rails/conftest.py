import pytest

from tests.sandbox.rails.payer import Payer


@pytest.fixture
def payer(gateways):
    """The house as the rails know it, with nothing left of earlier files."""
    gateways.control.ask("/_sandbox/rails/forget", {})
    return Payer(gateways)
