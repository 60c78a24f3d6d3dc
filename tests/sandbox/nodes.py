"""Both nodes of the sandbox as a test asks and orders them."""

import base64
import json
import urllib.error
import urllib.request
from decimal import Decimal

MERCHANT = {"btc_user": "watcher", "btc_password": "p-1", "btc_height": 850_000, "eth_height": 20_000_000}
SAM = "bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu"
MAYA = "bc1qnjg0jd8228aq7egyzacy8cys3knf9xvrerkf9g"
SAM_ETH = "0x9858EfFD232B4033E47d90003D41EC34EcaEda94"
TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
USDC = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"


class Nodes:
    def __init__(self, sandbox):
        self.base = f"http://127.0.0.1:{sandbox.http_port}"
        self.sandbox = sandbox

    def post(self, path, body, password=None):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, raw, {"Content-Type": "application/json"})  # noqa: S310
        if password:
            request.add_header("Authorization", "Basic " + base64.b64encode(f"watcher:{password}".encode()).decode())
        try:
            with urllib.request.urlopen(request, timeout=10) as reply:  # noqa: S310
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as reply:
            with reply:
                return reply.code, reply.read().decode()

    def btc(self, method, *params):
        status, text = self.post("/chain/btc", {"id": 1, "method": method, "params": params}, "p-1")
        answer = json.loads(text, parse_float=Decimal)
        assert status == 200, answer
        assert answer["error"] is None
        return answer["result"]

    def btc_refusal(self, method, *params):
        status, text = self.post("/chain/btc", {"id": 1, "method": method, "params": params}, "p-1")
        return status, json.loads(text)["error"]

    def eth(self, method, *params):
        answer = self.eth_answer(method, *params)
        assert "error" not in answer, answer
        return answer["result"]

    def eth_answer(self, method, *params):
        return json.loads(self.post("/chain/eth", {"jsonrpc": "2.0", "id": 1, "method": method, "params": params})[1])

    def order(self, name, **said):
        status, text = self.post(f"/_sandbox/chain/{name}", said)
        assert status == 200, text
        return json.loads(text)

    def refusal(self, name, **said):
        status, text = self.post(f"/_sandbox/chain/{name}", said)
        assert status == 400, text
        return json.loads(text)["error"]

    def tip(self):
        return self.btc("getblock", self.btc("getblockhash", self.btc("getblockcount")), 2)

    def received(self, block, address):
        return [
            output["value"]
            for tx in block["tx"]
            for output in tx["vout"]
            if output["scriptPubKey"].get("address") == address
        ]

    def logs(self, **wanted):
        to = "0x" + SAM_ETH[2:].lower().rjust(64, "0")
        return self.eth("eth_getLogs", {"address": USDC, "topics": [TRANSFER, None, to], **wanted})
