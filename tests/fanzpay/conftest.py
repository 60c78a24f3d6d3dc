from __future__ import annotations

from collections.abc import Iterator

import pytest

from foundation.identity.roles import Role
from ledger.selectors import sums_by_currency
from processors.gateways.base import gateways
from processors.payments.models import MerchantAccount
from tests.cast import bearer, member
from tests.fanzpay.till import NAME, Till


@pytest.fixture(autouse=True)
def till(db) -> Iterator[Till]:
    """One provider that takes everything; Sam pays Maya; in the end the books add up to nothing."""
    till = gateways.add(NAME, Till())
    MerchantAccount.objects.exclude(slug="till-main").update(is_open=False)
    MerchantAccount.objects.update_or_create(
        slug="till-main", defaults={"provider": NAME, "currencies": ["USD", "EUR"]}
    )
    member("sam", Role.FAN)
    member("maya")
    bearer()
    yield till
    gateways.remove(NAME)
    assert not any(sums_by_currency().values())
