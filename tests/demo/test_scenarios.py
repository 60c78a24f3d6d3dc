"""PACK 440's scenarios end as the document says, told by the played provider, and the creator reads plain words."""

import re
from urllib.parse import urlsplit

import pytest

from fanzmoney.demo.merchants import seed_merchants
from fanzmoney.demo.scenarios.stage import payout_of
from fanzmoney.demo.scenarios.stories import SCENARIOS, differences, play
from foundation import nearby
from foundation.identity.models import User
from ledger.selectors import get_trial_balance
from payouts.life.models import Payout
from payouts.transparency.selectors import get_status
from processors.gateways.ccbill.managing import reports
from processors.webhooks.worker import Applying, Asking
from tests.cast import member
from tests.hearing import hear

pytestmark = pytest.mark.django_db
NAMED = {scenario.name: scenario for scenario in SCENARIOS}
NEVER = re.compile(r"score|bound|threshold|rule|algorithm|risk|fraud|AML|sanction|[A-Z]+_[A-Z]+", re.IGNORECASE)


class Told:
    """The sandbox, and this test as the one who carries its webhooks and turns the wheels."""

    def __init__(self, control, client):
        self.control, self.client, self.delivered = control, client, set()
        self.skip = {one["id"] for one in control.sent("ccbill")}

    def act(self, sale, what):
        self.control.ask("/_sandbox/ccbill/sales", {"transaction": sale, "do": what})

    def wait_until(self, is_so, what):
        for _ in range(5):
            for one in reversed(self.control.sent("ccbill")):
                if one["id"] not in self.skip | self.delivered:
                    self.delivered.add(one["id"])
                    self.carry(one)
            reports.forget()
            while Applying().turn() or Asking().turn():
                pass
            hear("freezes", times=1)
            if is_so():
                return
        raise AssertionError(f"waited in vain until {what}")

    def carry(self, one):
        to = urlsplit(one["url"])
        answer = self.client.post(f"{to.path}?{to.query}", one["body"], content_type=one["content_type"])
        assert answer.status_code == 200, answer.content


@pytest.fixture
def told(gateways, settings, client):
    settings.IS_DEMO, settings.SANDBOX_URL = True, gateways.base
    seed_merchants()
    nearby.forget_all()
    for number in range(1, 21):
        member(f"f{number:05d}", "fan")
    gateways.control.ask("/_sandbox/ccbill/settings", {"report_minutes": 0})
    gateways.control.webhooks("ccbill", url="http://127.0.0.1:9/webhooks/ccbill/")
    yield Told(gateways.control, client)
    gateways.control.webhooks("ccbill", url="")
    assert get_trial_balance().is_balanced


@pytest.mark.parametrize("name", NAMED)
def test_each_scenario_ends_as_the_document_says(told, name):
    scenario = NAMED[name]

    found = play(scenario, told)

    assert list(differences(scenario, found)) == [], found
    payout = Payout.objects.get(pk=payout_of(scenario.part))
    assert (payout.state, str(payout.amount)) == (found.state, str(scenario.asks))
    status = get_status(payout.creator_id, at=payout.requested_at)
    words = " ".join([status.headline, *found.reads, *(one.body for one in status.messages)])
    assert not NEVER.search(words), words
    assert play(scenario, told) == found
    assert User.objects.get(email=scenario.part.email).party_id == payout.creator_id
