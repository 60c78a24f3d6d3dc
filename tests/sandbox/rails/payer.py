"""A payer's own way to the rails of the sandbox: writes files and keys by itself, with no code of ours."""

import base64
import hashlib
import http.client
import json
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

DAY = 86_400
BANK, COMPANY = "021000021", "1900100440"
MAYA = ("011000015", "1234567")
SAM = ("011401533", "0099-88")
TRANSFER_KEY = (
    "toEmail", "amount", "currency", "note", "firstName", "lastName", "businessName", "reference",
    "subscriptionFrequency", "subscriptionEndDate", "subscriptionUserCancel", "subscriptionTransactions",
    "fromAccount", "transactionCategory",
)  # fmt: skip
HISTORY_KEY = ("accountId", "fromDate", "toDate", "pageSize", "pageNumber")


class Payer:
    """Speaks for the house with every rail of one sandbox, and reads its book."""

    def __init__(self, world):
        self.world, self.control = world, world.control
        self.at = urlsplit(world.base).netloc

    def send(self, method, path, body=b"", headers=None):
        """Status and body; RemoteDisconnected when the line was cut."""
        line = http.client.HTTPConnection(self.at, timeout=10)
        try:
            line.request(method, path, body, headers or {})
            reply = line.getresponse()
            return reply.status, reply.read()
        finally:
            line.close()

    def book(self, reference="", **said):
        query = urlencode({"reference": reference, **said})
        return self.control.ask(f"/_sandbox/rails/book?{query}")["instructions"]

    def plan(self, rail, plan, **said):
        return self.control.ask("/_sandbox/rails/plans", {"rail": rail, "plan": plan, **said})

    def act(self, reference, do, **said):
        return self.control.ask("/_sandbox/rails/act", {"reference": reference, "do": do, **said})

    def paxum(self, method, signed, *, secret=None, **fields):
        account = self.world.merchants["paxum"]
        text = (secret or account["secret"]) + "".join(fields.get(name, "") for name in signed)
        key = hashlib.md5(text.encode()).hexdigest()  # noqa: S324 - the provider's own
        form = {"method": method, "fromEmail": account["from_email"], **fields, "key": key}
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        status, raw = self.send("POST", "/paxum/payment/api/paymentAPI.php", urlencode(form).encode(), kind)
        assert status == 200, raw
        return ET.fromstring(raw.decode().strip())  # noqa: S314 - the sandbox's own

    def transfer(self, reference, amount="100.00", currency="USD", to="maya@example.com", **more):
        fields = {"toEmail": to, "amount": amount, "currency": currency, "note": reference, "reference": reference}
        return self.paxum("transferFunds", TRANSFER_KEY, **{**fields, **more})

    def history(self, first=None, last=None, **more):
        today = f"{datetime.now(UTC):%Y-%m-%d}"
        answer = self.paxum("transactionHistory", HISTORY_KEY, fromDate=first or today, toDate=last or today, **more)
        return [{one.tag: one.text or "" for one in row} for row in answer.iter("Transaction")]

    def file(self, bank, reference, raw, *, token=None, digest=None, kind="nacha", name="file.ach"):
        headers = {
            "Authorization": f"Bearer {token or self.world.merchants[bank]['token']}",
            "X-File-Name": name,
            "X-File-Format": kind,
            "Content-Digest": digest or f"sha-256=:{base64.b64encode(hashlib.sha256(raw).digest()).decode()}:",
        }
        status, body = self.send("PUT", f"{path_of(bank)}/files/{reference}", raw, headers)
        return status, json.loads(body)

    def ask(self, bank, path):
        token = self.world.merchants[bank]["token"]
        return self.send("GET", f"{path_of(bank)}/{path}", headers={"Authorization": f"Bearer {token}"})

    def status(self, bank, reference):
        status, body = self.ask(bank, f"files/{reference}")
        return json.loads(body)["status"] if status == 200 else status

    def reports(self, bank, kind="", reference=""):
        """The bodies of what was told of a file, oldest first."""
        status, body = self.ask(bank, "reports?since=2020-01-01T00:00:00%2B00:00")
        assert status == 200, body
        told = json.loads(body)["reports"]
        wanted = [one for one in told if kind in ("", one["kind"]) and reference in ("", one["file_reference"])]
        return [self.ask(bank, f"reports/{one['id']}")[1].decode() for one in wanted]


def path_of(bank):
    return "/treasury" if bank == "crypto" else f"/bank/{bank}"


def ach(payments, *, created=None, modifier="A", effective=None, first_trace=1, end="\n"):
    """A NACHA file of one batch; a payment is (individual id, cents, (routing, account), note)."""
    now = datetime.now(UTC)
    day = f"{created or now:%y%m%d}"
    lines = [
        f"101 {BANK}{COMPANY:>10}{day}{now:%H%M}{modifier}094101{'SANDBOX BANK':<23}{'FANZMONEY':<23}{'':8}",
        f"5220{'FANZMONEY':<16}{'':20}{COMPANY:<10}PPD{'PAYOUT':<10}{'':6}{effective or now:%y%m%d}{'':3}"
        f"1{BANK[:8]}0000001",
    ]
    count = hashed = total = 0
    for number, (name, cents, (routing, account), note) in enumerate(payments):
        trace = f"{BANK[:8]}{first_trace + number:07}"
        flag = "1" if note else "0"
        lines.append(f"622{routing}{account:<17}{cents:010}{name:<15}{'MAYA CREATES':<22}  {flag}{trace}")
        if note:
            lines.append(f"705{note:<80}0001{trace[-7:]}")
        count, hashed, total = count + 1 + bool(note), hashed + int(routing[:8]), total + cents
    sums = f"{hashed % 10**10:010}{0:012}{total:012}"
    lines.append(f"8220{count:06}{sums}{COMPANY:<10}{'':25}{BANK[:8]}0000001")
    blocks = -(-(len(lines) + 1) // 10)
    lines.append(f"9{1:06}{blocks:06}{count:08}{sums}{'':39}")
    lines += ["9" * 94] * (-len(lines) % 10)
    return "".join(line + end for line in lines).encode()


def changed(raw, line, column, text):
    """The file with something else in one place; line and column are counted from 1."""
    lines = raw.split(b"\n")
    old = lines[line - 1]
    lines[line - 1] = old[: column - 1] + text.encode() + old[column - 1 + len(text) :]
    return b"\n".join(lines)
