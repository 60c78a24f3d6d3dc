"""A merchant's and a fan's way into the played CCBill, written from its documents."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode, urlsplit

V1 = "application/vnd.mcn.transaction-service.api.v.1+json"
V2 = "application/vnd.mcn.transaction-service.api.v.2+json"
GOOD_CARD = "4111111111111111"
DAY = 86_400


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324 - the provider's own


class Reply:
    def __init__(self, reply):
        self.status, self.headers, self.text = reply.status, reply.headers, reply.read().decode()

    def json(self):
        return json.loads(self.text)


class CCBill:
    """Speaks for the merchant of one sandbox."""

    def __init__(self, base, merchant):
        self.at, self.merchant = urlsplit(base).netloc, merchant
        self.account = {"clientAccnum": int(merchant["account"]), "clientSubacc": int(merchant["subaccount"])}
        self._bearer = ""

    def ask(self, method, path, body=None, **headers):
        line = http.client.HTTPConnection(self.at, timeout=10)
        line.request(method, f"/ccbill{path}", body, headers)
        return Reply(line.getresponse())

    def grant(self, secret=None):
        login = f"{self.merchant['application_id']}:{secret or self.merchant['secret']}".encode()
        basic = f"Basic {base64.b64encode(login).decode()}"
        form = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": basic}
        return self.ask("POST", "/ccbill-auth/oauth/token", "grant_type=client_credentials", **form)

    def bearer(self):
        self._bearer = self._bearer or self.grant().json()["access_token"]
        return f"Bearer {self._bearer}"

    def call(self, method, path, body=None, version=V2, **headers):
        told = {"Authorization": self.bearer(), "Accept": version, "Content-Type": "application/json", **headers}
        return self.ask(method, path, None if body is None else json.dumps(body), **told)

    def make_token(self, number=GOOD_CARD, *, year="2031", month="12", path="merchant-only", cvv2=None, **more):
        person = {
            "customerFname": "Sam", "customerLname": "Fan", "zipcode": "85281", "country": "US",
            "email": "sam@people.example",
        }  # fmt: skip
        card = {"cardNum": number, "nameOnCard": "Sam Fan", "expMonth": month, "expYear": year}
        if cvv2:
            card["cvv2"] = cvv2
        body = {**self.account, "customerInfo": person, "paymentInfo": {"creditCardPaymentInfo": card}, **more}
        return self.call("POST", f"/payment-tokens/{path}", body)

    def token(self, number=GOOD_CARD, **more):
        made = self.make_token(number, **more)
        assert made.status == 200, made.text
        return made.json()["paymentTokenId"]

    def charge(self, token, price=9.99, *, path="", version=V2, reference="", **more):
        body = {**self.account, "initialPrice": price, "initialPeriod": 0, "currencyCode": 840, **more}
        if reference:
            body["passThroughInfo"] = [{"name": "reference", "value": reference}]
        return self.call("POST", f"/transactions/payment-tokens/{path}{token}", body, version)

    def buy(self, price=9.99, **more):
        """An approved charge of a magic token; the number of its subscription."""
        sold = self.charge("testtokenapproved", price, **more).json()
        assert sold["approved"], sold
        return sold["subscriptionId"]

    def datalink(self, action, subscription="", **more):
        login = {"username": self.merchant["datalink_username"], "password": self.merchant["datalink_password"]}
        account = {"clientAccnum": self.merchant["account"], "clientSubacc": self.merchant["subaccount"]}
        asked = {**login, **account, "action": action, "subscriptionId": subscription, "returnXML": "1", **more}
        return self.ask("GET", f"/datalink/utils/subscriptionManagement.cgi?{urlencode(asked)}").text

    def managed(self, action, subscription="", **more):
        """The code DataLink answers."""
        return int(re.search(r"<results>(-?\d+)</results>", self.datalink(action, subscription, **more))[1])

    def report(self, start, end, types="NEW,REBILL,REFUND,CHARGEBACK,EXPIRE", **more):
        asked = {
            "startTime": f"{start:%Y%m%d%H%M%S}", "endTime": f"{end:%Y%m%d%H%M%S}", "transactionTypes": types,
            "clientAccnum": self.merchant["account"], "clientSubacc": self.merchant["subaccount"],
            "username": self.merchant["datalink_username"], "password": self.merchant["datalink_password"], **more,
        }  # fmt: skip
        return self.ask("GET", f"/datalink/data/main.cgi?{urlencode(asked)}").text

    def form_path(self, price="9.99", *, salt=None, **more):
        """The link a merchant sends its fan to."""
        asked = {"initialPrice": price, "initialPeriod": "30", "currencyCode": "840"}
        salted = "".join(asked.values()) + (salt or self.merchant["salt"])
        query = {
            "clientAccnum": self.merchant["account"], "clientSubacc": self.merchant["subaccount"], **asked,
            "formDigest": md5(salted), **more,
        }  # fmt: skip
        return f"/wap-frontflex/flexforms/{self.merchant['flexform_id']}?{urlencode(query)}"

    def pay_form(self, page, number=GOOD_CARD, cvv2="123"):
        """Fill the form of a page in and send it."""
        action = re.search(r'<form method="post" action="/ccbill([^"]+)"', page.text)[1]
        checkout = re.search(r'name="checkout" value="(\w+)"', page.text)[1]
        typed = {
            "checkout": checkout, "cardNum": number, "expMonth": "12", "expYear": "2031", "cvv2": cvv2,
            "nameOnCard": "Sam Fan", "email": "sam@people.example", "zipcode": "85281", "country": "US",
        }  # fmt: skip
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", action, urlencode(typed), **kind)


class Shop:
    """The merchant's end of the webhooks: keeps what came, and answers 200."""

    def __init__(self):
        self.took = []
        took = self.took

        class Door(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
                kind = self.headers["Content-Type"]
                said = json.loads(raw) if kind == "application/json" else dict(parse_qsl(raw, keep_blank_values=True))
                took.append({"query": dict(parse_qsl(urlsplit(self.path).query)), "kind": kind, **said})
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_): ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhooks/ccbill/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def wait_for(self, event, count=1, **fields):
        """The webhooks of an event with these fields, once there are so many."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            found = [
                said
                for said in list(self.took)
                if said["eventType"] == event and all(said.get(name) == value for name, value in fields.items())
            ]
            if len(found) >= count:
                return found
            time.sleep(0.05)
        raise AssertionError(f"no {event} {fields} among {[said['eventType'] for said in self.took]}")
