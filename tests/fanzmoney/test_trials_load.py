"""The callers of `bench payments`: they call at their rate, time what was due, and tell busy from wrong."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from fanzmoney.trials.load import Call, Stream, load


class Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response({"/busy": 503, "/wrong": 400}.get(self.path, 201))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def port():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def calls(count, path="/"):
    return [Call(path, f"call {number}") for number in range(count)]


def test_streams_run_together_each_at_its_rate(port):
    slow, fast = load(port, [Stream(calls(6), rate=20, keeps_answers=True), Stream(calls(9), callers=3)])
    assert sorted(slow.answers) == [call.body for call in calls(6)]
    assert (slow.taken, fast.taken, len(fast.milliseconds)) == (6, 9, 9)
    assert slow.seconds >= 5 / 20
    assert fast.answers == []


def test_without_a_rate_time_ends_a_stream(port):
    (went,) = load(port, [Stream(calls(100_000), callers=2, seconds=0.2)])
    assert 0 < went.taken < 100_000


def test_busy_is_counted_and_wrong_is_raised(port):
    (went,) = load(port, [Stream([*calls(2), *calls(3, "/busy")], keeps_answers=True)])
    assert (went.taken, went.refused, len(went.answers)) == (2, 3, 2)
    with pytest.raises(RuntimeError, match="400 call 0"):
        load(port, [Stream(calls(1, "/wrong"))])
