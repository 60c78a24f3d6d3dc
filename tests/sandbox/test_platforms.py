"""The demo's platforms call the house as real programs do: a token first, then batches under a key each."""

import json
import random
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import pytest

from sandbox.platforms.creator import Creator
from sandbox.platforms.shop import Shop
from tests.sandbox.conftest import running_sandbox


class House(BaseHTTPRequestHandler):
    """Answers as the house's API does and remembers what it was asked."""

    asked: list[tuple[str, dict, dict]] = []

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'<input type="hidden" name="csrfmiddlewaretoken" value="form-1">')

    def do_POST(self):
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        body = dict(parse_qsl(raw.decode())) if self.path == "/login" else json.loads(raw)
        self.asked.append((self.path, dict(self.headers), body))
        if self.path == "/api/v1/oauth/token":
            answer = {"access_token": "t-1", "token_type": "Bearer", "expires_in": 300, "scope": "fans:write"}
        elif self.path == "/login":
            self.send_response(302)
            self.send_header("Location", "/starz/")
            self.end_headers()
            return
        elif self.path == "/api/v1/payouts":
            answer = {"word": "Waits with us"}
        elif "members" not in body:
            number = f"0198f2a0-5b1e-7c3a-9d2e-{len(self.asked):012d}"
            amount = {"amount_minor": body["amount_minor"], "currency": body["currency"]}
            answer = {"id": number, "state": "CAPTURED", "amount": amount}
            answer = {"payment": answer} if self.path.endswith("subscriptions") else answer
        else:
            answer = {"data": [{"external_id": row["external_id"], "result": "created"} for row in body["members"]]}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_): ...


@pytest.fixture
def house():
    House.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), House)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def calls_when_any(sandbox):
    for _ in range(100):
        if calls := json.loads(sandbox.get("/_sandbox/platforms.json").body)["calls"]:
            return calls
        time.sleep(0.1)
    raise AssertionError("no platform called within 10 s")


def test_platforms_call_with_their_own_token_and_the_page_shows_what_they_were_answered(house, tmp_path):
    secrets = tmp_path / "platforms.json"
    with running_sandbox(tmp_path / "log", "--api", house, "--credentials", str(secrets)) as sandbox:
        assert "No platform has called yet" in sandbox.get("/_sandbox/platforms/").body
        secrets.write_text(json.dumps({"boyfanz": {"client_id": "c-1", "secret": "s-1"}}))
        (call, *_) = calls_when_any(sandbox)
        page = sandbox.get("/_sandbox/platforms/").body

    (token, told, *_) = House.asked
    assert token[2] == {"grant_type": "client_credentials", "client_id": "c-1", "client_secret": "s-1"}
    assert told[0].removeprefix("/api/v1/") in ("creators", "fans", "payments", "subscriptions")
    assert told[1]["Authorization"] == "Bearer t-1"
    assert told[1]["Idempotency-Key"]
    assert (call["platform"], call["status"]) == ("boyfanz", "200")
    assert call["path"] in page


def test_a_creator_signs_in_once_and_asks_in_that_session(house):
    creator = Creator(house, "maya@example.com", "secret")
    asked = [creator.post("/api/v1/payouts", creator.next_wish(random.Random(1))) for _ in range(2)]

    assert [answer.body["word"] for answer in asked] == ["Waits with us"] * 2
    (entered, first, second) = House.asked
    assert entered[2] == {"login": "maya@example.com", "password": "secret", "csrfmiddlewaretoken": "form-1"}
    assert first[1]["X-Csrftoken"] == "form-1"
    assert first[2]["amount"]["amount_minor"] >= 20_00
    assert first[1]["Idempotency-Key"] != second[1]["Idempotency-Key"]


def test_a_house_that_does_not_answer_is_shown_and_tried_again(tmp_path):
    secrets = tmp_path / "platforms.json"
    secrets.write_text(json.dumps({"boyfanz": {"client_id": "c-1", "secret": "s-1"}}))
    with running_sandbox(tmp_path / "log", "--api", "http://127.0.0.1:9", "--credentials", str(secrets)) as sandbox:
        assert calls_when_any(sandbox)[0]["status"] == "no answer"
        assert sandbox.stop() == 0


def test_fans_buy_pay_their_invoices_and_get_money_back():
    orders = []

    class Played(Shop):
        def _order(self, path, body):
            orders.append((path, body))
            return {"paymentTokenId": "tok-1"} if path.startswith("/ccbill") else {}

    shop, seen = Played("http://127.0.0.1:1", random.Random(7)), set()
    for number in range(400):
        path, body = shop.next_order("boyfanz")
        seen.add((path, body.get("method"), "coin" in body))
        assert "cardNum" not in str(body)
        waits = {"url": "http://127.0.0.1:1/bitpay/invoice?id=inv-1"} if body.get("method") == "crypto" else None
        amount = {"amount_minor": body["amount_minor"], "currency": body["currency"]}
        state = "REQUIRES_ACTION" if waits else "CAPTURED"
        paid = {"id": f"p-{number}", "state": state, "amount": amount, "next_action": waits}
        shop.note("boyfanz", path, {"payment": paid} if path.endswith("subscriptions") else paid)
        shop.pay_what_is_owed()

    assert {path for path, *_ in seen} == {"/api/v1/payments", "/api/v1/subscriptions", "/api/v1/refunds"}
    assert ("/_sandbox/bitpay/invoices", {"invoice": "inv-1", "do": "pay"}) in orders
    assert len(shop.bought) <= 200
    assert shop.next_order("girlfanz")[0] != "/api/v1/refunds"
