"""Secrets of our accounts: the newest is used, replaced ones verify for as long as they are said to."""

import json
from datetime import timedelta

import pytest

from foundation import clock
from processors.payments.directory import merchant
from processors.payments.models import MerchantAccount


@pytest.fixture
def account(db, settings, tmp_path):
    MerchantAccount.objects.create(slug="ccbill-main", provider="ccbill", currencies=["USD"])
    file = tmp_path / "gateways.json"
    settings.GATEWAYS_FILE = str(file)

    def of(**secrets):
        file.write_text(json.dumps({"ccbill-main": secrets}))
        return merchant("ccbill-main")

    return of


def test_the_first_secret_is_used_and_the_others_still_verify(account):
    found = account(salt=["new", "old", "oldest"], secret="only")
    assert (found.secrets, found.older_secrets) == ({"salt": "new", "secret": "only"}, {"salt": ("old", "oldest")})


def test_a_replaced_secret_verifies_until_its_time(account):
    later, earlier = (f"{clock.now() + away:%Y-%m-%dT%H:%M:%S}" for away in (timedelta(hours=1), -timedelta(hours=1)))
    replaced = [{"value": "old", "until": f"{later}+00:00"}, {"value": "over", "until": earlier}]
    assert account(salt=["new", *replaced]).older_secrets == {"salt": ("old",)}
    assert account(salt=["new", replaced[1]]).older_secrets == {}
