"""The signers pay what a list asks, on the chains that the nodes show, and never twice."""

import base64
import http.client
import json
from decimal import Decimal
from uuid import uuid4

import pytest

SAM = "bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu"
MAYA = "bc1qnjg0jd8228aq7egyzacy8cys3knf9xvrerkf9g"
MAYA_ETH = "0x9858EfFD232B4033E47d90003D41EC34EcaEda94"
CHAINS = {"BTC": "BTC", "ETH": "ETH", "USDC": "ETH"}


@pytest.fixture
def name():
    return uuid4().hex[:9].upper()


def listed(batch, *transfers, **changes):
    rows = [
        {"reference": reference, "coin": coin, "chain": CHAINS[coin], "address": address, "units": str(units)}
        for reference, coin, address, units in transfers
    ]
    totals = {}
    for _, coin, _, units in transfers:
        totals[coin] = str(int(totals.get(coin, 0)) + units)
    said = {
        "format": "transfers", "version": 1, "reference": batch, "day": "2026-11-21", "number": 1, "transfers": rows,
        "totals": totals, **changes,
    }  # fmt: skip
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def send(payer, batch, raw):
    return payer.file("crypto", batch, raw, kind="transfers", name="batch.json")


def told(payer, reference):
    status, body = payer.ask("crypto", f"transfers/{reference}")
    return json.loads(body) if status == 200 else status


def node(payer, method, *params):
    chain = payer.world.merchants["chain"]
    key = base64.b64encode(f"{chain['btc_user']}:{chain['btc_password']}".encode()).decode()
    headers = {"Content-Type": "application/json", "Authorization": f"Basic {key}"}
    path = "/chain/eth" if method.startswith("eth_") else "/chain/btc"
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    return json.loads(payer.send("POST", path, body, headers)[1], parse_float=Decimal)["result"]


def mine(payer, chain):
    payer.control.ask("/_sandbox/chain/mine", {"chain": chain})


def test_one_transaction_of_bitcoin_pays_all_and_one_of_ethereum_each(payer, name):
    batch = listed(
        f"B{name}", (name + "A", "BTC", SAM, 150_000), (name + "B", "BTC", MAYA, 250_000),
        (name + "C", "ETH", MAYA_ETH, 3 * 10**17), (name + "D", "USDC", MAYA_ETH, 25_000_000),
    )  # fmt: skip

    status, said = send(payer, f"B{name}", batch)

    assert (status, said["status"]) == (201, "ACCEPTED")
    (report,) = payer.reports("crypto", "broadcast", f"B{name}")
    rows = {one["reference"][-1]: one for one in json.loads(report)["transfers"]}
    assert {one["status"] for one in rows.values()} == {"BROADCAST"}
    assert rows["A"]["txid"] == rows["B"]["txid"] != rows["C"]["txid"] != rows["D"]["txid"]
    assert told(payer, name + "A")["txid"] == rows["A"]["txid"]
    outputs = node(payer, "getrawtransaction", rows["A"]["txid"], True)["vout"]
    paid = {one["scriptPubKey"].get("address"): one["value"] for one in outputs}
    assert (paid[SAM], paid[MAYA]) == (Decimal("0.0015"), Decimal("0.0025"))
    mine(payer, "btc")
    mine(payer, "eth")
    assert node(payer, "getrawtransaction", rows["A"]["txid"], True)["confirmations"] == 1
    assert node(payer, "eth_getTransactionReceipt", rows["D"]["txid"])["status"] == "0x1"
    assert int(node(payer, "eth_getTransactionByHash", rows["C"]["txid"])["value"], 16) == 3 * 10**17
    (taken,) = payer.book(name + "D")
    assert (taken["rail"], taken["amount_minor"], taken["currency"]) == ("crypto", 25_000_000, "USDC")


def test_a_transfer_that_nobody_could_receive_is_refused_and_the_others_are_paid(payer, name):
    send(
        payer, f"B{name}",
        listed(f"B{name}", (name + "A", "BTC", SAM[:-1] + "q", 100_000), (name + "B", "BTC", SAM, 100_000),
               (name + "C", "BTC", SAM, 500), (name + "D", "USDC", "0x12", 5), (name + "E", "BTC", MAYA, 100_071)),
    )  # fmt: skip

    said = {letter: told(payer, name + letter) for letter in "ABCDE"}

    assert {letter: one["code"] for letter, one in said.items()} == {
        "A": "ADDRESS", "B": "", "C": "DUST", "D": "ADDRESS", "E": "ADDRESS",
    }  # fmt: skip
    assert said["B"]["status"] == "BROADCAST"
    assert [len(payer.book(name + letter)) for letter in "ABCDE"] == [0, 1, 0, 0, 0]


def test_a_reference_is_paid_once_whatever_list_it_stands_in(payer, name):
    raw = listed(f"B{name}", (name, "BTC", SAM, 100_000))
    send(payer, f"B{name}", raw)
    assert send(payer, f"B{name}", raw)[0] == 200

    status, said = send(payer, f"C{name}", listed(f"C{name}", (name, "BTC", SAM, 100_000)))

    assert (status, said["code"]) == (422, "DUPLICATE")
    assert len(payer.book(name)) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"totals": {"BTC": "100001"}}, "TOTALS"),
        ({"version": 2}, "FIELDS"),
        ({"reference": "other"}, "FIELDS"),
        ({"more": 1}, "FIELDS"),
        ({"transfers": []}, "FIELDS"),
    ],
)
def test_a_list_that_is_not_as_agreed_is_refused(payer, name, changes, code):
    status, said = send(payer, f"B{name}", listed(f"B{name}", (name, "BTC", SAM, 100_000), **changes))

    assert (status, said["code"]) == (422, code)
    assert told(payer, name) == 404


def test_a_list_with_spaces_is_not_the_same_list(payer, name):
    raw = listed(f"B{name}", (name, "BTC", SAM, 100_000)).replace(b",", b", ")

    assert send(payer, f"B{name}", raw)[1]["code"] == "JSON"


def test_a_lost_reply_leaves_one_payment_and_a_hung_up_call_none(payer, name):
    raw = listed(f"B{name}", (name, "BTC", SAM, 100_076))
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        send(payer, f"B{name}", raw)
    assert told(payer, name)["status"] == "BROADCAST"
    assert send(payer, f"B{name}", raw)[0] == 200

    never = listed(f"C{name}", (name + "2", "BTC", SAM, 100_077))
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        send(payer, f"C{name}", never)
    assert (payer.status("crypto", f"C{name}"), told(payer, name + "2")) == (404, 404)
    assert len(payer.book(name)) == 1


def test_cents_of_ether_are_those_of_its_ninth_decimal(payer, name):
    send(payer, f"B{name}", listed(f"B{name}", (name, "ETH", MAYA_ETH, 123_456_771 * 10**9)))

    assert told(payer, name)["status"] == "REFUSED"


def test_another_amount_than_was_asked_for_shows_on_the_chain(payer, name):
    send(payer, f"B{name}", listed(f"B{name}", (name, "USDC", MAYA_ETH, 5_000_078)))

    txid = told(payer, name)["txid"]
    assert node(payer, "eth_getTransactionByHash", txid)["input"].endswith(f"{5_000_178:064x}")


def test_signers_pay_more_for_speed_or_give_up(payer, name):
    send(payer, f"B{name}", listed(f"B{name}", (name, "BTC", SAM, 100_000)))
    send(payer, f"C{name}", listed(f"C{name}", (name + "2", "ETH", MAYA_ETH, 10**17)))
    first = told(payer, name)["txid"]

    payer.act(name, "replace")
    payer.act(name + "2", "drop")

    assert told(payer, name)["txid"] != first
    assert node(payer, "getrawmempool").count(first) == 0
    gone = told(payer, name + "2")
    assert (gone["status"], gone["code"]) == ("REFUSED", "DROPPED")
    assert node(payer, "eth_getTransactionByHash", gone["txid"]) is None
    assert payer.book(name + "2")[0]["state"] == "RETURNED"
    mine(payer, "btc")
    with pytest.raises(AssertionError, match="waits"):
        payer.act(name, "replace")


def test_a_reorganisation_takes_a_payment_back_into_the_pool(payer, name):
    send(payer, f"B{name}", listed(f"B{name}", (name, "BTC", SAM, 100_000)))
    mine(payer, "btc")
    txid = told(payer, name)["txid"]

    payer.control.ask("/_sandbox/chain/reorg", {"chain": "btc", "depth": 1})

    assert txid in node(payer, "getrawmempool")
    mine(payer, "btc")
    assert node(payer, "getrawtransaction", txid, True)["confirmations"] == 1


def test_silent_signers_pay_and_say_nothing_late_ones_pay_later(payer, name):
    send(payer, f"B{name}", listed(f"B{name}", (name, "USDC", MAYA_ETH, 5_000_074)))
    send(payer, f"C{name}", listed(f"C{name}", (name + "2", "USDC", MAYA_ETH, 5_000_079)))

    assert told(payer, name)["status"] == "WAITING"
    assert payer.reports("crypto", reference=f"B{name}") == []
    assert payer.book(name)[0]["state"] == "SETTLED"
    payer.act(name, "speak")
    assert told(payer, name)["status"] == "BROADCAST"
    assert told(payer, name + "2")["status"] == "WAITING"
    payer.control.clock(7 * 3_600)
    assert told(payer, name + "2")["status"] == "BROADCAST"
