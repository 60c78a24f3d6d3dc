"""What machines ask of a running process."""

import json
import logging

import pytest
from django.db import connection
from prometheus_client.parser import text_string_to_metric_families

from foundation.audit.services import record
from foundation.http import ending, health
from foundation.jobs.services import heartbeat
from foundation.seal.services import seal_once
from foundation.watch import Gauge, readings
from tests.cast import HOUSE, bearer, missing_id, signed_in, staff

pytestmark = pytest.mark.django_db


def figures(answer):
    families = text_string_to_metric_families(answer.content.decode())
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value for family in families for sample in family.samples
    }


def test_a_living_process_says_so_without_asking_anybody(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/livez")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_ready_with_everything(client):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "postgres": "ok", "redis": "ok"})


def test_without_redis_it_serves_on(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")


def test_without_postgres_it_is_not_ready(client, settings, monkeypatch):
    monkeypatch.setitem(settings.DATABASES["default"], "PORT", "1")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"status": "unready", "postgres": "down", "redis": "ok"})


def test_a_process_that_is_about_to_end_says_so_before_it_does(client, monkeypatch):
    monkeypatch.setattr(ending, "_said", bytearray(1))
    ending.say()
    assert (client.get("/readyz").status_code, client.get("/readyz").json()["status"]) == (503, "ending")
    assert client.get("/livez").status_code == 200


def test_metrics_are_open_to_this_machine(client):
    heartbeat("worker")
    client.get("/livez")
    found = figures(client.get("/metrics"))
    assert found[("fanz_heartbeat_age_seconds", ("part", "worker"))] < 10
    assert found[("fanz_http_request_seconds_count", ("method", "GET"), ("status", "200"), ("view", "livez"))] >= 1
    assert found[("fanz_chain_findings", ("source", "audit"))] == 0
    assert ("fanz_database_pool_size",) in found
    assert found[("fanz_readings_failed",)] == 0


@pytest.mark.parametrize(
    "strange",
    [
        {"REMOTE_ADDR": "203.0.113.9"},
        {"REMOTE_ADDR": "not an address"},
        {"HTTP_X_FORWARDED_FOR": "203.0.113.9"},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
        {"REMOTE_ADDR": "203.0.113.9", "HTTP_AUTHORIZATION": "Bearer wrong"},
        {"REMOTE_ADDR": "203.0.113.9", "HTTP_AUTHORIZATION": "Basic the-token"},
    ],
)
def test_others_need_the_token(client, settings, strange):
    settings.METRICS_TOKEN = "the-token"
    assert client.get("/metrics", **strange).status_code == 403
    right = {**strange, "HTTP_AUTHORIZATION": "Bearer the-token"}
    assert client.get("/metrics", **right).status_code == 200


def test_without_a_token_set_no_token_opens(client, settings):
    settings.METRICS_TOKEN = ""
    answer = client.get("/metrics", REMOTE_ADDR="203.0.113.9", HTTP_AUTHORIZATION="Bearer ")
    assert answer.status_code == 403


def test_behind_a_proxy_this_machine_needs_the_token_too(client, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert client.get("/metrics").status_code == 403


def test_a_gauge_that_cannot_be_read_is_counted_and_the_others_stay(client, monkeypatch):
    def broken():
        raise OSError
        yield Gauge("never", "", 0)

    monkeypatch.setattr(readings, "_entries", {**readings, "broken": broken})
    found = figures(client.get("/metrics"))
    assert found[("fanz_readings_failed",)] == 1
    assert ("fanz_chain_findings", ("source", "audit")) in found


@pytest.mark.django_db(transaction=True)
def test_the_age_of_the_chain_is_a_gauge(settings, tmp_path):
    settings.STATE_DIR = tmp_path
    record("test.written", by=HOUSE)
    seal_once()
    gauges = {gauge.name: gauge.value for gauge in readings["seal"]()}
    assert gauges["fanz_chain_sealed_blocks"] in (0, 1)
    assert 0 <= gauges["fanz_chain_head_age_seconds"] < 60


@pytest.fixture
def lines(caplog):
    """The request log's lines."""
    caplog.set_level(logging.INFO, logger="fanz.request")
    return lambda: [entry.msg for entry in caplog.records if entry.name == "fanz.request"]


def test_a_request_is_one_line_without_what_was_typed(client, lines):
    carl = staff("carl")
    signed_in(client, carl)
    client.get("/compliance/?card=4111111111111111&email=maya@people.example", HTTP_X_REQUEST_ID="req-000000001")
    (line,) = lines()
    assert (line["view"], line["status"], line["method"]) == ("compliance:home", 200, "GET")
    assert line["actor"] == f"user:{carl.pk}"
    assert line["request_id"] == "req-000000001"
    assert "4111" not in json.dumps(line, default=str)
    assert "maya" not in json.dumps(line, default=str)


def test_tokens_that_stand_in_an_address_are_not_logged(client, lines):
    client.get("/no/such/place/s3cr3t-t0ken")
    (line,) = lines()
    assert (line["view"], line["status"]) == ("none", 404)
    assert "s3cr3t" not in json.dumps(line, default=str)


def test_a_platforms_name_for_a_person_is_not_logged(client, lines):
    """It is the platform's to choose: a telephone number, an address."""
    client.get("/api/v1/creators/4791234567", headers=bearer())
    (line,) = lines()
    assert (line["view"], line["status"]) == ("api:creator", 404)
    assert "4791234567" not in json.dumps(line, default=str)


def test_our_own_ids_in_an_address_are_logged(client, lines):
    carl = signed_in(client, staff("carl"))
    carl.get(f"/ops/approvals/{missing_id()}")
    (line,) = lines()
    assert str(line["approval_id"]) == str(missing_id())


def test_probes_are_not_logged(client, lines):
    for path in ("/livez", "/readyz", "/metrics"):
        client.get(path)
    assert lines() == []


def test_postgres_is_asked_past_the_pool():
    before = connection.connection
    assert health.postgres_answers()
    assert connection.connection is before
