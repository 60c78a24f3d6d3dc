"""Files on their way to a bank: one reference is one file, and only a clear word is believed."""

import base64
import hashlib
import json
from datetime import UTC, datetime

import pytest

from foundation.errors import Unavailable
from processors.gateways import http
from processors.gateways.rails import host
from processors.gateways.rails.types import RailFile, RailResult
from processors.gateways.types import Merchant

MERCHANT = Merchant("ach-main", "ach", {"base_url": "https://bank.example/ach/"}, {"token": "s3cret"})
FILE = RailFile("ACH-1.ach", b"101...")
SINCE = datetime(2026, 3, 1, tzinfo=UTC)

TWICE = ("DUPLICATE", "AM05", "DU01")


def said(status="ACCEPTED", reference="ACH-1", **more) -> bytes:
    return json.dumps({"reference": reference, "id": "f-9", "status": status, **more}).encode()


def test_a_file_is_handed_over_under_its_reference_with_its_digest(wire):
    wire.answers((201, said("RECEIVED")))

    outcome = host.hand_over(MERCHANT, FILE, "ACH-1", "nacha")

    ((method, url, headers, body),) = wire.sent
    assert (method, url, body) == ("PUT", "https://bank.example/ach/files/ACH-1", FILE.content)
    digest = base64.b64encode(hashlib.sha256(FILE.content).digest()).decode()
    assert (headers["Content-Digest"], headers["X-File-Format"]) == (f"sha-256=:{digest}:", "nacha")
    assert headers["Authorization"] == "Bearer s3cret"
    assert (outcome.result, outcome.provider_ref) == (RailResult.ACCEPTED, "f-9")
    assert "s3cret" not in repr(outcome) + repr(MERCHANT)


@pytest.mark.parametrize(
    ("comes", "result"),
    [
        ((200, said()), RailResult.ACCEPTED),
        ((200, said("SETTLED")), RailResult.PAID),
        ((422, said("REJECTED", code="WIDTH", text="line 3")), RailResult.REFUSED),
        *[((422, said("REJECTED", code=code)), RailResult.UNKNOWN) for code in TWICE],
        ((409, said()), RailResult.UNKNOWN),
        ((200, said(reference="ACH-2")), RailResult.UNKNOWN),
        ((200, said("LOST")), RailResult.UNKNOWN),
        ((200, b"{}"), RailResult.UNKNOWN),
        ((200, b"<html>"), RailResult.UNKNOWN),
        ((502, b""), RailResult.UNKNOWN),
        ((401, b""), RailResult.NOT_SENT),
        ((429, b""), RailResult.NOT_SENT),
        (http.NotSent("refused"), RailResult.NOT_SENT),
        (http.NoAnswer("lost"), RailResult.UNKNOWN),
    ],
)
def test_what_a_bank_answers_is_taken_at_its_word_only_when_it_is_clear(wire, comes, result):
    wire.answers(comes)
    assert host.hand_over(MERCHANT, FILE, "ACH-1", "nacha").result is result


@pytest.mark.parametrize(
    ("comes", "result"),
    [
        ((404, b""), RailResult.NOT_SENT),
        ((200, said()), RailResult.ACCEPTED),
        ((200, said("REJECTED")), RailResult.REFUSED),
        *[((200, said("REJECTED", code=code)), RailResult.UNKNOWN) for code in TWICE],
        ((401, b""), RailResult.UNKNOWN),
        (http.NotSent("refused"), RailResult.UNKNOWN),
        (http.NoAnswer("lost"), RailResult.UNKNOWN),
    ],
)
def test_asked_about_a_file_only_a_clear_no_means_that_it_never_came(wire, comes, result):
    wire.answers(comes)
    assert host.ask_about_file(MERCHANT, "ACH-1").result is result


@pytest.mark.parametrize(
    ("code", "result"), [("FUNDS", RailResult.REFUSED), *((code, RailResult.UNKNOWN) for code in TWICE)]
)
def test_a_report_that_a_file_was_here_before_says_nothing_of_its_payouts(code, result):
    report = host.Report("r1", "status", SINCE, "ACH-1", said("REJECTED", code=code))
    told = host.told_of_file(report)
    assert (told.result, told.batch_reference, told.code) == (result, "ACH-1", code)


def test_reports_are_read_page_by_page_each_once(wire, monkeypatch):
    monkeypatch.setattr(host, "MOST_REPORTS", 2)
    rows = [{"id": f"r{n}", "kind": "status", "created_at": f"2026-03-0{n}T00:00:00Z"} for n in (1, 2, 3)]

    def answer(method, url, body):
        if "/reports/" in url:
            return 200, url.rpartition("/")[2].encode()
        later = [row for row in rows if row["created_at"][:10] >= url.partition("since=")[2][:10]]
        return 200, json.dumps({"reports": later[:2]}).encode()

    wire.answers(answer)
    assert [one.body for one in host.fetch(MERCHANT, SINCE, ("status",))] == [b"r1", b"r2", b"r3"]


@pytest.mark.parametrize(
    "comes",
    [
        (http.NotSent("x"),),
        ((500, b""),),
        ((200, b"[]"),),
        ((200, b'{"reports": [{"id": "r1"}]}'),),
        ((200, b'{"reports": [{"id": "r1", "kind": "status", "created_at": "2026-03-01T00:00:00Z"}]}'), (404, b"")),
    ],
)
def test_reports_that_cannot_all_be_had_are_not_half_believed(wire, comes):
    wire.answers(*comes)
    with pytest.raises(Unavailable):
        list(host.fetch(MERCHANT, SINCE, ("status",)))
