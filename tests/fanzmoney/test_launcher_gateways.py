"""The accounts with the providers are made once, kept private, and shown to the other side without our keys."""

import json
import stat

import pytest

from fanzmoney.launcher.gateways import ORDER, gateways_file, public_key, read_gateways, write_merchants

# Multiples of the curve's base point, as SEC 2 and every wallet know them.
KNOWN_KEYS = {
    1: "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
    2: "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5",
    3: "02f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9",
    ORDER - 1: "0379be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
}


@pytest.mark.parametrize("number", KNOWN_KEYS)
def test_a_public_key_is_the_curves(number):
    assert public_key(f"{number:064x}") == KNOWN_KEYS[number]


def test_the_accounts_are_made_once_and_only_their_owner_reads_them(tmp_path):
    file = gateways_file(tmp_path)
    made = read_gateways(file)

    assert read_gateways(gateways_file(tmp_path)) == made
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (made["ccbill"]["account"], made["ccbill"]["subaccount"]) == ("900100", "0000")


def test_the_sandbox_learns_where_webhooks_go_and_no_private_key(tmp_path):
    file = write_merchants(tmp_path, port=8123)

    merchants = json.loads(file.read_text())
    ours = read_gateways(gateways_file(tmp_path))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert merchants["ccbill"] == ours["ccbill"] | {"webhook_url": "http://127.0.0.1:8123/webhooks/ccbill/"}
    assert merchants["bitpay"]["public_key"] == public_key(ours["bitpay"]["private_key"])
    assert ours["bitpay"]["private_key"] not in file.read_text()


def test_an_account_that_a_later_version_needs_is_added_and_the_others_stay(tmp_path):
    made = read_gateways(gateways_file(tmp_path))
    earlier = {name: account for name, account in made.items() if name != "ach"}
    (tmp_path / "gateways.json").write_text(json.dumps(earlier))

    now = read_gateways(gateways_file(tmp_path))

    assert {name: now[name] for name in earlier} == earlier
    assert len(now["ach"]["token"]) > 30
    assert now["ach"]["token"] != made["ach"]["token"]
