import pytest

from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound
from foundation.identity import keys
from foundation.identity.models import Party
from foundation.identity.services import add_platform
from foundation.identity.sweeping import sweep_orphan_keys
from tests.cast import HOUSE, member

pytestmark = pytest.mark.django_db


def add(slug, cluster="fanz-wide", **more):
    return add_platform(slug=slug, name=slug.title(), cluster=cluster, by=HOUSE, at=clock.now(), **more)


def test_a_new_platform_needs_no_code_and_serves_people_at_once():
    add("bearfanz")
    add("fanzlab", cluster="labs", cluster_name="Labs", is_sandbox=True)

    assert member("maya", slug="bearfanz").platform.name == "Bearfanz"
    assert member("maya", slug="fanzlab").platform.cluster.name == "Labs"


def test_a_slug_in_use_a_bad_one_and_an_unknown_cluster_are_refused():
    with pytest.raises(Conflict):
        add("boyfanz")
    with pytest.raises(Invalid):
        add("no spaces")
    with pytest.raises(NotFound) as refusal:
        add("bearfanz", cluster="nowhere")
    assert "fanz-wide" in refusal.value.facts["known"]


def test_keys_of_rows_that_never_came_are_swept_and_others_stay():
    maya = member("maya")
    orphan = keys.make_keys(1)[0]
    with keys._pool().connection() as connection:
        connection.execute("UPDATE party_key SET created_at = created_at - interval '2 days'")

    assert sweep_orphan_keys() >= 1
    assert keys.read_keys([orphan]) == {}
    assert maya.party.key_id in keys.read_keys(Party.objects.values_list("key_id", flat=True))
