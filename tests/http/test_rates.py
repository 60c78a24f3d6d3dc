"""Nobody asks more often than agreed, and nobody is cut off because Redis is."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from django.test import Client

from foundation.audit.models import AuditRecord
from foundation.errors import TooMany
from foundation.http import rates
from foundation.http.rates import LocalCounters, Rate, spend
from foundation.identity.api.token import TokenView
from tests.cast import bearer

SCARCE = "/api/v1/sample/scarce"


def test_the_last_request_of_a_window_and_the_first_too_many(api):
    answers = [api.get(SCARCE) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0].headers["RateLimit-Policy"] == '"scarce";q=3;w=60'
    assert answers[0].headers["RateLimit"].startswith('"scarce";r=2;t=')
    assert 0 < int(answers[3].headers["Retry-After"]) <= 60
    assert (answers[3].json()["code"], answers[3].json()["retryable"]) == ("rate.limited", True)
    assert not AuditRecord.objects.filter(action="request.refused").exists(), "too many are counted, not written down"


def test_each_caller_has_its_own_window(api):
    for _ in range(4):
        api.get(SCARCE)
    assert Client(headers=bearer("girlfanz")).get(SCARCE).status_code == 200


def test_strangers_are_counted_by_address_and_a_forwarded_header_changes_nothing(room, db, settings):
    rates._client().flushdb()
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "anonymous": (3, 60)}
    asked = [
        Client().get("/api/v1/sample/orders", headers={"X-Forwarded-For": f"10.0.0.{n}", "Authorization": "Bearer x"})
        for n in range(5)
    ]
    assert [answer.status_code for answer in asked] == [401, 401, 401, 429, 429]


def test_two_hundred_at_once_do_not_exceed_the_limit():
    rates._client().flushdb()
    rate = Rate("race", 50, 60)

    def ask(_):
        try:
            spend(rate, "one")
        except TooMany:
            return False
        return True

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(ask, range(200))) == 50


def test_without_redis_this_process_counts(api, monkeypatch):
    class Gone:
        tries = 0

        def eval(self, *_):
            Gone.tries += 1
            raise redis.ConnectionError("gone")

    monkeypatch.setattr(rates, "_client", Gone)
    monkeypatch.setattr(rates, "_local", LocalCounters())
    monkeypatch.setattr(rates, "_away_until", 0.0)
    monkeypatch.setattr(rates, "_doubted_until", 0.0)
    assert [api.get(SCARCE).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert Gone.tries == 1, "a server that is away is not asked again at once"


def test_a_server_that_goes_away_in_the_middle_of_a_window_lets_nobody_begin_anew(monkeypatch):
    def gone():
        raise redis.ConnectionError("gone")

    monkeypatch.setattr(rates, "_local", LocalCounters())
    monkeypatch.setattr(rates, "_away_until", 0.0)
    monkeypatch.setattr(rates, "_doubted_until", 0.0)
    rate, let_through = Rate("vanishing", 4, 60), 0
    rates._client().delete("rate:vanishing:one")
    for number in range(8):
        if number == 3:
            monkeypatch.setattr(rates, "_client", gone)
        try:
            spend(rate, "one")
        except TooMany:
            continue
        let_through += 1
    assert let_through == 4


def test_a_local_window_ends(monkeypatch):
    counters, now = LocalCounters(), [100.0]
    monkeypatch.setattr(rates.time, "monotonic", lambda: now[0])
    assert [counters.count("a", 10)[0] for _ in range(3)] == [1, 2, 3]
    now[0] += 10
    assert counters.count("a", 10)[0] == 1


@pytest.mark.parametrize("count", [rates.MOST_LOCAL_COUNTERS + 10])
def test_local_counters_have_a_bound(monkeypatch, count):
    counters, now = LocalCounters(), [100.0]
    monkeypatch.setattr(rates.time, "monotonic", lambda: now[0])
    for number in range(count):
        now[0] += 0.001
        counters.count(str(number), 1)
    assert len(counters._windows) <= rates.MOST_LOCAL_COUNTERS


def test_behind_our_proxy_a_stranger_spends_only_their_own_requests(db, settings, monkeypatch):
    rates._client().flushdb()
    settings.TRUSTED_PROXIES = 1
    monkeypatch.setattr(TokenView, "rate", Rate("token", 3, 60))

    def ask(address):
        return Client().post(
            "/api/v1/oauth/token", {"grant_type": "client_credentials"}, content_type="application/json",
            headers={"X-Forwarded-For": f"198.51.100.7, {address}"},
        )  # fmt: skip

    assert [ask("203.0.113.9").status_code for _ in range(4)] == [401, 401, 401, 429]
    assert ask("203.0.113.10").status_code == 401
    assert [ask(f"2001:db8::{n}").status_code for n in range(4)] == [401, 401, 401, 429], "a household is one caller"
