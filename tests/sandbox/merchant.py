"""BitPay's merchant as a test plays it: signs by itself, with a library and no code of ours."""

import json
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256K1, derive_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


class Merchant:
    def __init__(self, world):
        self.base, self.control = world.url("bitpay"), world.control
        self.token = world.merchants["bitpay"]["token"]
        self.key = derive_private_key(int(world.gateways["bitpay"]["private_key"], 16), SECP256K1())

    def send(self, method, path, body=None, *, key=None, headers=None, sign=True, tamper=b""):
        url = f"{self.base}/{path}"
        raw = b"" if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, raw + tamper or None, method=method)  # noqa: S310
        request.add_header("X-Accept-Version", "2.0.0")
        request.add_header("Content-Type", "application/json")
        if sign:
            signer = key or self.key
            public = signer.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
            request.add_header("X-Identity", public.hex())
            request.add_header("X-Signature", signer.sign(url.encode() + raw, ECDSA(hashes.SHA256())).hex())
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=10) as reply:  # noqa: S310
                return reply.status, json.load(reply)
        except urllib.error.HTTPError as reply:
            with reply:
                return reply.code, json.load(reply)

    def post(self, path, **body):
        return self.done(self.send("POST", path, {"token": self.token, **body}))

    def put(self, path, **body):
        return self.done(self.send("PUT", path, {"token": self.token, **body}))

    def get(self, path, token=None, **query):
        more = "".join(f"&{name}={value}" for name, value in query.items())
        return self.done(self.send("GET", f"{path}?token={token or self.token}{more}"))

    def delete(self, path, **query):
        more = "".join(f"&{name}={value}" for name, value in query.items())
        return self.done(self.send("DELETE", f"{path}?token={self.token}{more}"))

    def refusal(self, method, path, **body):
        if method in ("GET", "DELETE"):
            path, said = f"{path}?token={self.token}", None
        else:
            said = {"token": self.token, **body}
        status, answer = self.send(method, path, said)
        return status, answer.get("code")

    def done(self, answer):
        status, body = answer
        assert status == 200, body
        return body["data"]

    def invoice(self, price=25, currency="USD", **more):
        return self.post("invoices", price=price, currency=currency, **more)

    def order(self, what, **said):
        return self.control.ask(f"/_sandbox/bitpay/{what}", said)

    def paid(self, invoice, **said):
        self.order("invoices", invoice=invoice["id"], do="pay", **said)
        return self.get(f"invoices/{invoice['id']}")

    def completed(self, price=25, currency="USD", **more):
        invoice = self.invoice(price, currency, **more)
        return self.put(f"invoices/pay/{invoice['id']}", status="complete")


class Shop:
    """Takes notices over HTTP and keeps them, for as long as the context lasts."""

    def __enter__(self):
        took = self.took = []

        class Door(BaseHTTPRequestHandler):
            def do_POST(self):
                took.append((dict(self.headers), json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_): ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/ipn"
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
