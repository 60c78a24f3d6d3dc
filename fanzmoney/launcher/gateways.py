"""Our accounts with the payment providers, as the demo and the tests agree them with the sandbox."""

import json
import secrets
from pathlib import Path
from typing import Any

from fanzmoney.launcher.state import write_private

FILE = "gateways.json"
MERCHANTS_FILE = "merchants.json"
SECONDS_PER_BLOCK = 3  # of Ethereum; one of Bitcoin comes five times more rarely
SECONDS_PER_STEP = 10  # of an invoice or refund at BitPay

# secp256k1, whose public keys BitPay knows its merchants by.
PRIME = 2**256 - 2**32 - 977
ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141
BASE = (
    0x79BE667E_F9DCBBAC_55A06295_CE870B07_029BFCDB_2DCE28D9_59F2815B_16F81798,
    0x483ADA77_26A3C465_5DA4FBFC_0E1108A8_FD17B448_A6855419_9C47D08F_FB10D4B8,
)
Point = tuple[int, int]


def make_gateways() -> dict[str, dict[str, str]]:
    """Fresh accounts: everything secret in them is random."""
    return {
        "ccbill": {
            "account": "900100",
            "subaccount": "0000",
            "application_id": secrets.token_hex(16),
            "secret": secrets.token_urlsafe(24),
            "salt": secrets.token_urlsafe(24),
            "datalink_username": f"datalink{secrets.token_hex(4)}",
            "datalink_password": secrets.token_urlsafe(18),
            "flexform_id": secrets.token_hex(16),
        },
        "bitpay": {"token": secrets.token_urlsafe(32), "private_key": f"{1 + secrets.randbelow(ORDER - 1):064x}"},
        "chain": {"btc_user": f"node{secrets.token_hex(4)}", "btc_password": secrets.token_urlsafe(24)},
    } | make_rails()


def make_rails() -> dict[str, dict[str, str]]:
    """Our accounts with those who carry payouts; numbers of banks and accounts are published for tests."""
    return {
        "paxum": {
            "from_email": "payouts@fanzmoney.example",
            "secret": secrets.token_urlsafe(24),
            "account_id": "70010440",
        },
        "ach": {
            "token": secrets.token_urlsafe(32),
            "bank_routing": "021000021",
            "company_id": "1900100440",
            "company_name": "FANZMONEY",
        },
        "epayservice": {
            "client_id": secrets.token_hex(16),
            "client_secret": secrets.token_urlsafe(32),
            "refresh_token": secrets.token_urlsafe(32),
            "account_id": "440",
            "account_number": "ec900440",
        },
        "sepa": {
            "token": secrets.token_urlsafe(32),
            "debtor_iban": "DE89370400440532013000",
            "debtor_bic": "COBADEFFXXX",
            "debtor_name": "FanzMoney",
        },
        "wire": {
            "token": secrets.token_urlsafe(32),
            "debtor_account": "4000123456",
            "debtor_bic": "CHASUS33XXX",
            "debtor_name": "FanzMoney",
        },
        "crypto": {"token": secrets.token_urlsafe(32)},
    }


def merchants_of(gateways: dict[str, dict[str, Any]], *, ccbill_webhooks: str) -> dict[str, dict[str, Any]]:
    """What the providers know of us: where their webhooks go, and public keys instead of private ones."""
    bitpay = gateways["bitpay"]
    return {
        "ccbill": gateways["ccbill"] | {"webhook_url": ccbill_webhooks},
        "bitpay": {"token": bitpay["token"], "public_key": public_key(bitpay["private_key"])},
        "chain": dict(gateways["chain"]),
    } | {name: dict(gateways[name]) for name in make_rails() if name in gateways}


def gateways_file(folder: Path) -> Path:
    """The file with the accounts of this state directory: each is made once, also when it came with a later version."""
    file = folder / FILE
    known = read_gateways(file) if file.exists() else {}
    fresh = make_gateways()
    if fresh.keys() - known.keys():
        write_private(file, json.dumps(fresh | known, indent=1).encode())
    return file


def read_gateways(file: Path) -> dict[str, dict[str, Any]]:
    """The accounts in a file."""
    return dict(json.loads(file.read_text()))


def write_merchants(folder: Path, *, port: int) -> Path:
    """The file for the sandbox that plays beside the house on this port, where things go on by themselves."""
    webhooks = f"http://127.0.0.1:{port}/webhooks/ccbill/"
    merchants = merchants_of(read_gateways(gateways_file(folder)), ccbill_webhooks=webhooks)
    merchants["chain"]["seconds_per_block"] = SECONDS_PER_BLOCK
    merchants["bitpay"]["pace_seconds"] = SECONDS_PER_STEP
    file = folder / MERCHANTS_FILE
    write_private(file, json.dumps(merchants, indent=1).encode())
    return file


def public_key(private_key: str) -> str:
    """The compressed public key of a private one, both in hex."""
    left, power, reached = int(private_key, 16), BASE, None
    while left:
        if left & 1:
            reached = power if reached is None else _sum(reached, power)
        power, left = _sum(power, power), left >> 1
    if reached is None:
        raise ValueError("a private key is not zero")
    return f"{2 + (reached[1] & 1):02x}{reached[0]:064x}"


def _sum(one: Point, other: Point) -> Point:
    if one == other:
        slope = 3 * one[0] * one[0] * pow(2 * one[1], -1, PRIME)
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, PRIME)
    x = (slope * slope - one[0] - other[0]) % PRIME
    return x, (slope * (one[0] - x) - one[1]) % PRIME
