"""What programs ask leaves a line, written later and many at once; their developers follow it down to the books."""

import signal
import time
from contextlib import nullcontext
from html import unescape
from uuid import uuid4

import pytest
from django.contrib import admin
from django.db import InterfaceError, OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboards.developers import door
from fanzmoney import async_door
from foundation import clock
from foundation.http.rates import Rate
from foundation.requests import admin as office
from foundation.requests import middleware, writing
from foundation.requests.forgetting import forget_old_lines
from foundation.requests.models import RequestLine
from tests.cast import bearer, developer, platform, program, signed_in, staff
from tests.fanzpay.conftest import till  # noqa: F401  the provider inside the process
from tests.fanzpay.stories import paid, post
from tests.hooks.stories import later

pytestmark = pytest.mark.django_db
PAGE = "/developers/requests"


@pytest.fixture
def dev():
    return signed_in(Client(), developer())


def words(response):
    assert response.status_code == 200, response.content
    return unescape(response.content.decode())


def noted(number, *, slug="boyfanz", **said):
    usual = {
        "client_id": uuid4(), "came_at": time.monotonic(), "method": "GET", "path": f"/api/v1/me/{number}",
        "status": 200, "code": "", "request_id": f"request-{number:04}", "milliseconds": 3, "key": "", "made": "",
    }  # fmt: skip
    writing.note(writing.Line(platform_id=platform(slug).pk, **{**usual, **said}))


@pytest.mark.usefixtures("till")
def test_a_developer_follows_a_request_to_the_payment_and_its_entries(dev):
    made = paid()
    secret = "sam@people.example"
    with CaptureQueriesContext(connection) as asked:
        Client().get(f"/api/v1/creators/{secret}?token=whispered", headers=bearer())
    assert not [one for one in asked if "request_line" in one["sql"]]
    back = {"payment_id": made["id"], "amount_minor": 300, "currency": "USD", "reason": "Cut short"}
    post("refunds", back, key="a-key-that-is-long")
    Client().get("/api/v1/me")
    Client().get("/api/v1/me", headers={"Authorization": "Bearer false"})
    assert writing.write_waiting() == 3

    lines = RequestLine.objects.order_by("id")
    assert [(one.method, one.status, one.code) for one in lines] == [
        ("POST", 201, ""), ("GET", 400, "request.invalid"), ("POST", 201, "")
    ]  # fmt: skip
    assert lines[0].made == f"/api/v1/payments/{made['id']}"
    assert lines[1].path == "/api/v1/creators/[personal]"
    assert lines[2].key == "a-key-th"
    assert {one.platform_id for one in lines} == {platform().pk}
    log = words(dev.get(PAGE))
    assert secret not in log
    assert "whispered" not in log
    assert "request.invalid" in log
    sale, refund = (words(dev.get(f"{PAGE}/{lines[n].pk}")) for n in (0, 2))
    for shown in (sale, refund):
        assert "sale" in shown
        assert "refund" in shown
        assert "/api/v1/ledger/transfers/" in shown
    assert f"/api/v1/payments/{made['id']}" in sale
    hits = dev.get("/search", {"q": lines[1].request_id}, headers={"HX-Request": "true"})
    assert f"{PAGE}/{lines[1].pk}" in words(hits)


def test_the_log_is_narrowed_paged_and_taken_away_and_others_see_none_of_it(dev, steady_copies, monkeypatch):
    for number in range(60):
        noted(number, status=429 if number < 2 else 201, code="request.too_many" if number < 2 else "")
    noted(99, slug="girlfanz", path="/api/v1/theirs")
    writing.write_waiting()
    theirs = RequestLine.objects.get(request_id="request-0099")
    few = asked(dev, f"{PAGE}?status=refused")
    assert asked(dev, PAGE) == few
    first = dev.get(PAGE).context["table"]
    second = dev.get(PAGE + first.next_url).context["table"]
    assert [len(first.rows), len(second.rows), second.next_url] == [50, 10, ""]
    assert words(dev.get(f"{PAGE}?status=refused")).count("request.too_many") == 2
    assert "/api/v1/me/7" in words(dev.get(f"{PAGE}?request_id=request-0007"))
    assert "No request fits" in words(dev.get(f"{PAGE}?request_id=request-0099"))
    assert dev.get(f"{PAGE}/{theirs.pk}").status_code == 404
    for wrong in ("status=7", "client=me", "before=x"):
        assert dev.get(f"{PAGE}?{wrong}").status_code == 400
    table = b"".join(dev.get(f"{PAGE}.csv?status=429").streaming_content).decode().splitlines()
    assert len(table) == 3
    assert "theirs" not in str(table)

    monkeypatch.setattr(door, "FILE_PAGE", 10)
    monkeypatch.setattr(door, "MOST", 30)
    newest = b"".join(dev.get(f"{PAGE}.csv").streaming_content).decode().splitlines()
    assert [line.split(",")[3] for line in newest[1:]] == [f"/api/v1/me/{number}" for number in range(59, 29, -1)]
    monkeypatch.setattr(door, "FILES", Rate(f"files-{uuid4()}", 1, 60))
    assert [dev.get(f"{PAGE}.csv").status_code for _ in range(2)] == [200, 429]


def asked(client, url):
    with CaptureQueriesContext(connection) as statements:
        words(client.get(url))
    return sum("fanz_offset" not in one["sql"] for one in statements)


def test_of_an_endless_path_only_the_beginning_is_read_again():
    Client().get(f"/api/v1/creators/{'x' * 20_000}", headers=bearer())
    assert [len(line.path) for line in writing._waiting] == [middleware.LETTERS_OF_A_PATH]
    writing.write_waiting()
    assert len(RequestLine.objects.get().path) == 200


def test_who_is_told_to_wait_and_does_not_fills_no_log(settings, monkeypatch):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "client": (1, 60)}
    monkeypatch.setattr(middleware, "TOLD_TO_WAIT", Rate(f"told-to-wait-{uuid4()}", 2, 60))
    answers = [Client().get("/api/v1/me", headers=bearer()).status_code for _ in range(6)]
    assert answers == [200, *[429] * 5]
    writing.write_waiting()
    assert [one.status for one in RequestLine.objects.order_by("id")] == [200, 429, 429]


def test_lines_wait_while_the_database_is_away_and_the_oldest_are_given_up(monkeypatch):
    def away(_):
        raise OperationalError("gone")

    monkeypatch.setattr(writing, "MOST_WAITING", 3)
    for number in range(5):
        noted(number)
    with monkeypatch.context() as broken:
        broken.setattr(writing, "_write", away)
        with pytest.raises(OperationalError):
            writing.write_waiting()
    assert writing.write_waiting() == 3
    assert [one.request_id[-1] for one in RequestLine.objects.order_by("id")] == ["2", "3", "4"]
    assert writing.write_waiting() == 0


@pytest.mark.parametrize("problem", [InterfaceError("the connection is closed"), RuntimeError("the disk is red")])
def test_whatever_happens_no_line_is_lost_on_the_way(monkeypatch, problem):
    def fail(_):
        raise problem

    monkeypatch.setattr(writing.connection, "close", lambda: None)
    noted(1)
    with monkeypatch.context() as broken:
        broken.setattr(writing, "_write", fail)
        with nullcontext() if isinstance(problem, InterfaceError) else pytest.raises(RuntimeError):
            writing.write_or_say()
    assert writing.write_waiting() == 1


def test_a_server_that_is_asked_to_end_writes_what_waits(monkeypatch):
    monkeypatch.setattr(writing.connection, "close", lambda: None)
    monkeypatch.setattr(async_door.AsyncDoor, "run", lambda _: signal.raise_signal(signal.SIGTERM))
    before = signal.getsignal(signal.SIGTERM)
    noted(1)
    try:
        with pytest.raises(SystemExit) as end:
            async_door.serve(["--port", "1"])
    finally:
        signal.signal(signal.SIGTERM, before)
    assert end.value.code == 0
    assert RequestLine.objects.count() == 1


def test_the_back_office_asks_the_log_by_its_indexes(monkeypatch):
    client = program(name="reports")
    for number in range(5):
        noted(number, client_id=client.client_id if number else uuid4())
    writing.write_waiting()
    monkeypatch.setattr(office, "MOST", 3)
    susi = signed_in(Client(), staff("susi"))

    def listed(words=""):
        return susi.get("/admin/requests/requestline/", {"q": words}).context["cl"]

    assert listed().result_count == 3
    assert [one.request_id for one in listed(" request-0002 ").result_list] == ["request-0002"]
    assert {one.client_id for one in listed(str(client.client_id)).result_list} == {client.client_id}
    assert [listed(words).result_count for words in (str(uuid4()), "request", "x y")] == [0, 0, 0]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan TO off")
    for words, index in (("request-0002", "request_line_number"), (str(client.client_id), "request_line_of_client")):
        rows, _ = admin.site._registry[RequestLine].get_search_results(None, RequestLine.objects.order_by(), words)
        assert index in rows.explain(), words


def test_a_month_later_the_log_is_empty():
    noted(1)
    writing.write_waiting()
    assert forget_old_lines(at=clock.now()) == 0
    later(days=31)
    noted(2)
    writing.write_waiting()
    assert forget_old_lines(at=clock.now()) == 1
    assert RequestLine.objects.get().request_id == "request-0002"
