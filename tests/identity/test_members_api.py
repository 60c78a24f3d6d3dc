"""Platforms tell us of their people over the API: each its own, in batches, as often as it likes."""

from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client

from foundation.audit.models import AuditRecord
from foundation.http import rates
from foundation.identity.models import Invitation, Membership, Party
from foundation.identity.personal import read_personal
from tests.cast import bearer, member

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("steady_copies")]
URL = "/api/v1/creators"
MAYA = {"external_id": "c-1", "handle": "maya", "name": "Maya Lund", "email": "maya@example.com", "country": "NO"}


@pytest.fixture(autouse=True)
def full_allowance():
    rates._client().flushdb()


@pytest.fixture
def boyfanz():
    return Client(headers=bearer("boyfanz", "creators:read", "creators:write"))


@pytest.fixture
def girlfanz():
    return Client(headers=bearer("girlfanz", "creators:read", "creators:write"))


def tell(client, *members, **headers):
    return client.post(URL, {"members": list(members)}, content_type="application/json", headers=headers)


def test_a_batch_is_stored_once_and_says_what_became_of_each(boyfanz):
    first, again = tell(boyfanz, MAYA, {"external_id": "c-2"}), tell(boyfanz, MAYA, {"external_id": "c-2"})

    assert [row["result"] for row in first.json()["data"]] == ["created", "created"]
    assert [row["result"] for row in again.json()["data"]] == ["unchanged", "unchanged"]
    assert Party.objects.count() == 2
    party = Membership.objects.get(external_id="c-1").party_id
    assert read_personal([party])[party]["email"] == "maya@example.com"


def test_what_comes_back_holds_nothing_personal(boyfanz):
    tell(boyfanz, MAYA)

    (row,) = boyfanz.get(URL).json()["data"]
    one = boyfanz.get(f"{URL}/c-1").json()
    assert row == one
    assert row.keys() == {"id", "external_id", "handle", "is_active", "joined_at", "updated_at"}


def test_another_platform_sees_and_touches_none_of_it(boyfanz, girlfanz):
    tell(boyfanz, MAYA)

    assert girlfanz.get(URL).json()["data"] == []
    missing, foreign = girlfanz.get(f"{URL}/nobody"), girlfanz.get(f"{URL}/c-1")
    assert missing.status_code == foreign.status_code == 404
    strip = lambda answer: {k: v for k, v in answer.json().items() if k not in ("instance", "request_id")}  # noqa: E731
    assert strip(missing) == strip(foreign)
    assert tell(girlfanz, MAYA).json()["data"][0]["result"] == "created"
    assert Membership.objects.count() == 2


def test_lists_page_by_cursor_and_lose_nobody(boyfanz):
    tell(boyfanz, *({"external_id": f"c-{n}"} for n in range(7)))

    seen, url = [], f"{URL}?limit=3"
    while url:
        page = boyfanz.get(url).json()
        seen += [row["external_id"] for row in page["data"]]
        url = page["next"] and page["next"].split("localhost:8000")[-1]
    assert sorted(seen) == [f"c-{n}" for n in range(7)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"role": "admin"}, {"party_id": "x"}, {"email": "nobody"}, {"country": "norway"}, {"phone": "123"},
        {"is_active": "yes"}, {"handle": "a\u202eb"}, {"birth_date": "31/12/1990"}, {"external_id": ""},
        {"external_id": "has space"}, {"external_id": "a/b"},
        {"external_id": ".."}, {"handle": "x" * 121}, {"platform_id": "01a1fbbd-796f-7b64-8149-20f30f617ca0"},
    ],
)  # fmt: skip
def test_what_is_not_declared_or_malformed_is_refused_whole(boyfanz, wrong):
    answer = tell(boyfanz, {"external_id": "c-9"}, {**MAYA, **wrong})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"].startswith("members.1")
    assert not Membership.objects.exists()


@pytest.mark.parametrize("external_id", ["a%b", "?x=1", "#1", "...", ".a", "..b", "-", "a.b;c", "%2F", "~"])
def test_every_id_that_is_taken_is_reached_by_its_address(boyfanz, external_id):
    tell(boyfanz, {"external_id": external_id})

    answer = boyfanz.get(f"{URL}/{quote(external_id, safe='')}")

    assert (answer.status_code, answer.json()["external_id"]) == (200, external_id)


def test_a_batch_is_bounded(boyfanz):
    assert tell(boyfanz).status_code == 400
    assert tell(boyfanz, *({"external_id": f"c-{n}"} for n in range(201))).status_code == 400


def test_the_wrong_scope_does_not_open_the_door(boyfanz):
    reader = Client(headers=bearer("boyfanz", "creators:read"))

    assert tell(reader, MAYA).status_code == 403
    assert boyfanz.get("/api/v1/fans").status_code == 403
    assert AuditRecord.objects.filter(outcome="refused").count() == 2


def test_an_invitation_goes_to_an_own_member_only(boyfanz, girlfanz):
    member("maya")

    assert girlfanz.post(f"{URL}/maya/invitation", content_type="application/json").status_code == 404
    answer = boyfanz.post(f"{URL}/maya/invitation", content_type="application/json")
    assert answer.status_code == 201
    assert str(Invitation.objects.get().pk) == answer.json()["id"]
    tell(boyfanz, {"external_id": "silent"})
    refused = boyfanz.post(f"{URL}/silent/invitation", content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (409, "identity.no_address")


def test_a_batch_costs_the_same_few_questions_however_large(boyfanz, django_assert_max_num_queries):
    tell(boyfanz, *({"external_id": f"c-{n}", "email": f"c{n}@example.com"} for n in range(50)))

    with django_assert_max_num_queries(20):
        tell(boyfanz, *({"external_id": f"c-{n}", "email": f"c{n}@example.com"} for n in range(50)))
    with django_assert_max_num_queries(14):
        boyfanz.get(f"{URL}?limit=50")


def test_the_pool_gives_back_an_ordinary_connection(boyfanz):
    tell(boyfanz, MAYA)

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('app.platform', true)")
        assert cursor.fetchone() in {("fanz_app", ""), ("fanz_app", None)}
