"""Ctrl+K: everybody finds what they may open, by one statement for each kind, and nothing else."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboards.search import views
from dashboards.search.looking import may_find
from dashboards.search.places import PLACES
from foundation import clock
from foundation.audit.models import AuditRecord
from foundation.hooks.services import create_endpoint, send_test
from foundation.http import access
from foundation.http.rates import Rate
from foundation.http.routes import every_route
from foundation.identity.roles import Role
from foundation.search import Asked, finders
from processors.payments.giving_back import Dispute
from processors.payments.models import Payment
from tests.approvals.stories import ask_for_role
from tests.cast import HOUSE, actor, developer, member, platform, portal_user, signed_in, staff, user_called
from tests.fanzpay.elsewhere import sale_elsewhere
from tests.payouts.elsewhere import asked_elsewhere

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}
NOTHING = "Nothing here carries"
# Pages without a number in their address that nobody goes to by name: parts, files, doors in and out.
NOT_GONE_TO = {
    "start:page", "search:page", "account:home", "account:confirm", "account_login", "account_logout",
    "account_inactive", "account_reset_password", "account_reset_password_done", "mfa_authenticate",
    "account_reset_password_from_key_done", "compliance:audit_chain", "compliance:audit_export",
    "compliance:audit_pack", "starz:payouts_export", "starz:statement_file", "schema", "key-set", "livez", "readyz",
    "metrics", "developers:requests_file", "ops:approvals_several",
}  # fmt: skip


def found(client, words, **headers):
    response = client.get("/search", {"q": words}, headers={**PART, **headers})
    assert response.status_code == 200
    return unescape(response.content.decode())


def test_people_of_the_house_find_by_any_number_what_their_role_opens():
    payment_id, refund_id, _, _ = sale_elsewhere("boyfanz")
    sale = Payment.objects.get(pk=payment_id)
    Dispute.objects.create(
        payment=sale, platform=sale.platform, provider="elsewhere", provider_ref="CB-77", amount_minor=999,
        currency="USD", opened_at=clock.now(), told_at=clock.now(),
    )  # fmt: skip
    payout, asked = asked_elsewhere("mia"), ask_for_role()
    fred, ines = (signed_in(Client(), staff(name)) for name in ("fred", "ines"))
    where = f"/ops/payments/{payment_id}"
    for words in (str(payment_id), str(refund_id), "r1", "b1-boyfanz"):
        assert where in found(fred, words), words
        assert NOTHING in found(ines, words), words
    assert "Dispute CB-77" in found(fred, "CB-77")
    for words in (str(payout.pk), "MIA", "@mia"):
        assert f"/ops/payouts/{payout.pk}" in found(fred, words), words
    assert f"/ops/approvals/{asked.pk}" in found(signed_in(Client(), staff("adam")), str(asked.pk))
    assert "/ops/payouts/calendar" in found(fred, "payout cal")
    assert "/ops/payouts/calendar" not in found(ines, "payout cal")
    for words in ("", "%", "'; select", "x" * 500, "0" * 40):
        found(fred, words)

    straight = fred.get("/search", {"q": "r1"})
    assert (straight.status_code, straight.headers["Location"]) == (302, where)
    page = unescape(fred.get("/search", {"q": "nobody's"}).content.decode())
    assert f"{NOTHING} “nobody's”" in page


def test_people_are_found_by_those_who_look_after_them_and_each_search_is_written_down():
    maya = member("maya", name="Maya Stone")
    susi, fred = signed_in(Client(), staff("susi")), signed_in(Client(), staff("fred"))
    page = f"/admin/identity/party/{maya.party_id}/change/"
    for words in ("Stone Maya", "maya@people.example", "@MAYA", str(maya.party_id)):
        assert page in found(susi, words), words
        assert page not in found(fred, words), words
    assert "Your search is written down" in found(susi, "Maya Smith")
    assert page not in found(susi, "Maya Smith")
    looked = AuditRecord.objects.filter(action="search.people")
    assert {record.actor for record in looked} == {actor(staff("susi")).reference}
    assert [record.facts["subjects"] for record in looked.order_by("id")] == [1, 1, 1, 1, 0, 0]
    assert "Maya" not in str(list(looked.values("facts", "reason")))


def test_those_outside_find_their_own_and_their_platforms():
    there = {"by": HOUSE, "at": clock.now()}
    hooks = {
        slug: create_endpoint(
            platform_id=platform(slug).pk, url=f"https://{slug}.example/books", topics=["txn.capture"], **there
        ).endpoint
        for slug in ("boyfanz", "girlfanz")
    }
    sent = send_test(endpoint_id=hooks["boyfanz"].pk, platform_id=platform().pk, **there)
    dev, other = signed_in(Client(), developer()), signed_in(Client(), developer("devon", "girlfanz"))
    assert f"/developers/webhooks/{hooks['boyfanz'].pk}" in found(dev, "books")
    assert str(hooks["girlfanz"].pk) not in found(dev, "books")
    for words in (str(sent.pk), sent.message.webhook_id):
        assert f"/developers/webhooks/deliveries/{sent.pk}" in found(dev, words)
        assert NOTHING in found(other, words)

    theirs, mine = sale_elsewhere("girlfanz"), sale_elsewhere("boyfanz")
    for which, page in ((0, "payments"), (1, "payments"), (2, "subscriptions")):
        where = f"/developers/{page}/{mine[0 if page == 'payments' else which]}"
        hits = found(dev, str(mine[which]))
        assert (where in hits, "/ops/" in hits) == (True, False)
        assert NOTHING in found(other, str(mine[which]))
        assert NOTHING in found(dev, str(theirs[which]))
        shown = unescape(dev.get(where).content.decode())
        assert f'"id": "{where.rsplit("/", 1)[1]}"' in shown
        assert other.get(where).status_code == 404
    for words, id in (("r1", mine[0]), ("s1", mine[2])):  # references are each platform's own
        hits = found(dev, words)
        assert (str(id) in hits, str(theirs[0]) in hits or str(theirs[2]) in hits) == (True, False)

    payout = asked_elsewhere("mia")
    mia = signed_in(Client(), portal_user(member("mia")))
    zoe, sam = (signed_in(Client(), portal_user(member(*who))) for who in (("zoe",), ("sam", Role.FAN)))
    assert f"/starz/payouts/{payout.pk}" in found(mia, str(payout.pk))
    for stranger in (zoe, sam, dev):
        assert NOTHING in found(stranger, str(payout.pk))
        assert NOTHING in found(stranger, "mia")
    both = portal_user(member("mia"))
    both.platform = platform()
    both.save(update_fields=["platform"])
    both = signed_in(Client(), user_called("portal-mia", Role.DEVELOPER))
    assert f"/starz/payouts/{payout.pk}" in found(both, str(payout.pk))
    assert f"/developers/webhooks/deliveries/{sent.pk}" in found(both, str(sent.pk))
    assert str(hooks["girlfanz"].pk) not in found(both, "books")
    assert set(re.findall(r'href="([^"]+)"', found(sam, ""))) & {"/ops/approvals", "/starz/payouts"} == set()
    assert Client().get("/search?q=maya").headers["Location"].startswith("/login")


def test_each_kind_is_asked_once_however_much_there_is(steady_copies):
    people = [member(f"maya-{n}", name="Maya Stone") for n in range(6)]
    for finder in finders.values():
        for words in (str(people[0].party_id), "stone", "12"):
            for viewer in (staff("susi"), developer()):
                asked = Asked(words, actor(viewer))
                with CaptureQueriesContext(connection) as statements:
                    assert len(finder.find(asked)) <= asked.most
                assert len(statements) <= 1, (finder.title, words)
    susi = signed_in(Client(), staff("susi"))
    found(susi, "warm up")
    counts = []
    for words in ("stone", "granite"):
        with CaptureQueriesContext(connection) as statements:
            found(susi, words)
        counts.append(sum("fanz_offset" not in one["sql"] for one in statements))  # the clock is read now and then
    kinds = sum(may_find(finder, actor(staff("susi"))) for finder in finders.values())
    assert counts[0] == counts[1] <= kinds + 6


def test_searching_without_end_is_told_to_wait(monkeypatch):
    monkeypatch.setattr(views, "RATE", Rate("search-of-this-story", 2, 60))
    fred = signed_in(Client(), staff("fred"))
    answers = [fred.get("/search", {"q": "r1"}, headers=PART) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert b"Go on in" in answers[2].content


def test_every_page_that_needs_no_number_is_gone_to_by_name():
    named = {place.view_name for place in PLACES}
    pages = {
        route.name for route in every_route()
        if "<" not in route.path and "(" not in route.path and not route.path.startswith(("/api/v1/", "/admin/"))
        and "GET" in (access.row_for(route.name) or {})
    }  # fmt: skip
    assert pages - named - NOT_GONE_TO == set()
    assert named <= pages | {"admin:index"}
    assert all(finder.page in {route.name for route in every_route()} for finder in finders.values())
