import pytest
from django.test import Client

from foundation import clock
from foundation.switches.selectors import nearby
from foundation.switches.services import stop_switch
from tests.cast import actor, staff

pytestmark = pytest.mark.django_db


def seen():
    return Client().get("/status/").content.decode()


def test_all_is_well_until_somebody_stops_what_others_notice():
    assert "Everything works." in seen()

    stop_switch(key="login.portals", reason="A drill", by=actor(staff("adam")), at=clock.now(), expires_at=None)
    nearby.forget()

    page = seen()
    assert "Everything works." not in page
    assert page.count("Paused") == 1
    assert "A drill" not in page, "why is for staff"
