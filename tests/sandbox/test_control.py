"""What every played provider shares: ordered faults, latency, the clock and the post office, tried on a made-up one."""

import http.client
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import uvicorn
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.app import build_app
from sandbox.control import Control, Habit
from sandbox.control.line import Line
from sandbox.control.part import part
from sandbox.parts import Part
from tests.gateway_world import SandboxControl
from tests.sandbox.conftest import free_ports


class Toy:
    """A provider that counts what it was asked to do."""

    def __init__(self):
        self.control = Control(seed=1)
        self.desk = self.control.desk("toy")
        self.desk.outbox.habit = Habit(retry_seconds=(6, 6, 60))
        self.done = 0

    async def pay(self, call):
        self.done += 1
        amount = int(call.fields["amount"]) + (1 if call.names_wrong_amount else 0)
        return JSONResponse({"amount": amount, "declined": call.declined_as})

    def part(self):
        routes = [Route("/toy/pay", self.desk.door("pay", self.pay), methods=["POST"])]
        return Part("Toy", "A toy.", "/_sandbox/toy/", routes, self.control.courier.running)


class Shop(BaseHTTPRequestHandler):
    """Takes webhooks; answers what it is told to, 200 otherwise."""

    protocol_version = "HTTP/1.1"
    answers, took, lines = [], [], set()

    def do_POST(self):
        self.took.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.lines.add(self.client_address[1])
        self.send_response(self.answers.pop(0) if self.answers else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_): ...


class Place:
    def __init__(self, toy, port, loop):
        self.toy, self.port, self.loop = toy, port, loop
        self.control = SandboxControl(f"http://127.0.0.1:{port}")

    def pay(self, amount=5, **more):
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        body = json.dumps({"amount": amount, **more})
        line.request("POST", "/toy/pay", body, {"Content-Type": "application/json"})
        reply = line.getresponse()
        return reply.status, json.loads(reply.read())

    def tell(self, url, count=1):
        """Let the toy send webhooks from its own loop."""

        def send():
            for number in range(count):
                self.toy.desk.outbox.send("paid", url, "text/plain", f"{number}".encode())

        self.loop().call_soon_threadsafe(send)

    def letters(self, state, count=1, tries=0):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            found = [one for one in self.control.sent("toy") if one["state"] == state and len(one["tries"]) >= tries]
            if len(found) >= count:
                return found
            time.sleep(0.05)
        raise AssertionError(f"{self.control.sent('toy')}")


@pytest.fixture
def place():
    toy = Toy()
    control_part = part(toy.control)
    quiet = Part(toy.part().title, "", "/_sandbox/toy/", toy.part().routes, toy.control.courier.running)
    control_only = Part(control_part.title, "", control_part.path, control_part.routes, no_work)
    app = build_app((quiet, control_only))
    (port,) = free_ports(1)
    loops = []

    async def remembering(scope, receive, send):
        import asyncio

        loops.append(asyncio.get_running_loop())
        await app(scope, receive, send)

    server = uvicorn.Server(uvicorn.Config(remembering, port=port, http=Line, log_config=None, lifespan="on"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Place(toy, port, lambda: loops[0])
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def shop():
    Shop.answers, Shop.took, Shop.lines = [], [], set()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/webhooks/toy/"
    server.shutdown()


class no_work:
    async def __aenter__(self): ...

    async def __aexit__(self, *_): ...


@pytest.mark.parametrize(("fault", "done"), [("close_before", 0), ("close_after", 1)])
def test_a_caller_whose_line_is_cut_hears_nothing_whether_it_was_done_or_not(place, fault, done):
    place.control.fault("toy", "pay", fault)

    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        place.pay()

    assert place.toy.done == done
    assert place.pay() == (200, {"amount": 5, "declined": ""})


def test_half_an_answer_is_half_an_answer(place):
    place.control.fault("toy", "pay", "half_body")

    with pytest.raises(http.client.IncompleteRead):
        place.pay()

    assert place.toy.done == 1


@pytest.mark.parametrize(
    ("fault", "status", "done"), [("http_500", 500, 0), ("http_500_after", 500, 1), ("throttle", 429, 0)]
)
def test_an_error_is_answered_before_or_after_the_deed(place, fault, status, done):
    place.control.fault("toy", "*", fault)

    assert place.pay()[0] == status
    assert place.toy.done == done


def test_a_provider_declines_and_names_wrong_amounts_when_ordered(place):
    place.control.fault("toy", "pay", "decline:05")
    place.control.fault("toy", "pay", "wrong_amount")

    assert [place.pay()[1] for _ in range(3)] == [
        {"amount": 5, "declined": "05"},
        {"amount": 6, "declined": ""},
        {"amount": 5, "declined": ""},
    ]


def test_a_slow_answer_comes_late_and_latency_stays(place):
    place.control.fault("toy", "pay", "slow:0.4")
    began = time.monotonic()
    place.pay()
    assert time.monotonic() - began >= 0.4
    assert place.control.faults() == [], "the next answer is prompt again"

    place.control.latency("toy", 150)
    began = time.monotonic()
    place.pay()
    assert time.monotonic() - began >= 0.15


def test_an_order_waits_for_the_calls_it_names_and_as_often_as_it_says(place):
    order = place.control.fault("toy", "pay", "decline:51", times=2, card="x")
    place.pay()
    assert place.control.faults() == [order]
    place.pay(details={"card": "x"})
    assert place.control.faults()[0]["times"] == 1
    place.control.calm()
    assert place.control.faults() == []


@pytest.mark.parametrize(
    "order",
    [
        {"provider": "nobody", "fault": "slow:1"},
        {"provider": "toy", "fault": "nonsense"},
        {"provider": "toy", "fault": "slow"},
        {"provider": "toy", "fault": "decline"},
        {"provider": "toy", "fault": "throttle:3"},
        {"provider": "toy", "operation": "fly", "fault": "throttle"},
        {"provider": "toy", "fault": "throttle", "times": 0},
        {"provider": "toy", "fault": "throttle", "times": "x"},
        {"provider": "toy", "fault": "throttle", "match": 5},
    ],
)
def test_an_order_nobody_can_follow_is_refused(place, order):
    with pytest.raises(AssertionError, match="400"):
        place.control.ask("/_sandbox/scenarios", order)
    assert place.control.faults() == []


def test_a_webhook_is_delivered_and_its_answer_kept(place, shop):
    place.pay()
    place.tell(shop)

    (letter,) = place.letters("delivered")

    assert Shop.took == ["0"]
    assert (letter["event"], letter["body"], letter["tries"][0]["status"]) == ("paid", "0", 200)


def test_a_refused_webhook_comes_again_until_it_is_taken(place, shop):
    place.pay()
    Shop.answers = [500, 404]
    place.tell(shop)

    (letter,) = place.letters("delivered")

    assert [one["status"] for one in letter["tries"]] == [500, 404, 200]


def test_moving_the_clock_brings_the_next_try_at_once_and_there_is_a_last_one(place, shop):
    place.control.webhooks("toy", scale=0.01)
    Shop.answers = [500] * 4
    place.tell(shop)
    for day in range(1, 4):
        place.letters("trying again", tries=day)
        place.control.clock(day * 86_400)

    (letter,) = place.letters("given up")
    assert len(letter["tries"]) == 4


def test_a_webhook_comes_twice_late_not_at_all_or_in_the_wrong_order(place, shop):
    place.control.webhooks("toy", duplicate=True)
    place.tell(shop)
    place.letters("delivered")
    place.control.webhooks("toy", duplicate=False, drop=True)
    place.tell(shop)
    (lost,) = place.letters("dropped")
    place.control.webhooks("toy", drop=False, reorder=True)
    place.tell(shop, 4)
    place.letters("delivered", 5)
    assert Shop.took == ["0", "0", "3", "2", "1", "0"]

    place.control.webhooks("toy", replay=lost["id"])
    place.letters("delivered", 6)

    place.control.webhooks("toy", reorder=False, delay=3_600)
    place.tell(shop)
    (late,) = place.letters("waiting")
    assert late["tries"] == []
    place.control.clock(3_601)
    place.letters("delivered", 7)


def test_a_webhook_nobody_takes_is_shown_with_the_reason(place):
    place.pay()
    place.tell("http://127.0.0.1:9/nobody")

    (letter,) = place.letters("trying again")
    assert letter["tries"][0]["status"] == 0
    assert "Connect" in letter["tries"][0]["said"]


def test_many_webhooks_share_few_lines(place, shop):
    place.pay()
    place.tell(shop, 400)

    place.letters("delivered", 400)
    assert sorted(Shop.took, key=int) == [str(number) for number in range(400)]
    assert len(Shop.lines) <= 40


def test_a_person_sees_and_orders_the_same(place, shop):
    place.control.fault("toy", "pay", "decline:05")
    place.tell(shop)
    place.letters("delivered")

    line = http.client.HTTPConnection("127.0.0.1", place.port, timeout=5)
    line.request("GET", "/_sandbox/control/")
    page = line.getresponse().read().decode()
    assert "toy · pay: decline:05, 1 times" in page
    assert "toy paid" in page
    form = "provider=toy&duplicate=on&back=%2F_sandbox%2Fcontrol%2F"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    line.request("POST", "/_sandbox/webhooks", form, kind)
    answer = line.getresponse()
    answer.read()
    assert (answer.status, answer.headers["Location"]) == (303, "/_sandbox/control/")
    line.request("POST", "/_sandbox/webhooks", form, kind | {"Sec-Fetch-Site": "cross-site"})
    assert line.getresponse().status == 403
    assert place.toy.desk.outbox.switches.duplicate
