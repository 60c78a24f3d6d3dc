"""Bitcoin addresses and the scripts they stand for (BIP 173, BIP 350, Base58Check)."""

from __future__ import annotations

import hashlib

ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
BECH32, BECH32M = 1, 0x2BC830A3
PEOPLE = frozenset({"bc", "tb", "bcrt"})
PAY_TO_HASH = frozenset({0x00, 0x6F})
PAY_TO_SCRIPT = frozenset({0x05, 0xC4})
KINDS = {22: "witness_v0_keyhash", 34: "witness_v0_scripthash", 25: "pubkeyhash", 23: "scripthash"}


def script_of(address: str) -> bytes:
    """What an output to this address says; raises ValueError when nobody could be paid there."""
    if address.lower().partition("1")[0] in PEOPLE:
        return witness_script(address)
    return legacy_script(address)


def kind_of(script: bytes) -> str:
    if script[:1] == b"\x6a":
        return "nulldata"
    return "witness_v1_taproot" if script[:1] == b"\x51" else KINDS.get(len(script), "nonstandard")


def witness_address(program: bytes, people: str = "bc") -> str:
    """The address of a version 0 witness program."""
    values = [0, *regroup(program, 8, 5, fill=True)]
    checked = polymod([*spread(people), *values, 0, 0, 0, 0, 0, 0]) ^ BECH32
    check = [(checked >> 5 * (5 - place)) & 31 for place in range(6)]
    return people + "1" + "".join(ALPHABET[value] for value in (*values, *check))


def witness_script(address: str) -> bytes:
    if address not in (address.lower(), address.upper()):
        raise ValueError("an address is in one case")
    people, _, rest = address.lower().rpartition("1")
    if people not in PEOPLE or len(rest) < 8 or not set(rest) <= set(ALPHABET):
        raise ValueError("not an address")
    values = [ALPHABET.index(letter) for letter in rest]
    version, program = values[0], bytes(regroup(values[1:-6], 5, 8, fill=False))
    if polymod([*spread(people), *values]) != (BECH32M if version else BECH32):
        raise ValueError("the address has a wrong checksum")
    if version > 16 or not 2 <= len(program) <= 40 or (version == 0 and len(program) not in (20, 32)):
        raise ValueError("the address holds no witness program")
    return bytes([0x50 + version if version else 0, len(program)]) + program


def legacy_script(address: str) -> bytes:
    if not address or not set(address) <= set(BASE58) or len(address) > 40:
        raise ValueError("not an address")
    number = 0
    for letter in address:
        number = number * 58 + BASE58.index(letter)
    if number.bit_length() > 200:
        raise ValueError("not an address")
    raw = number.to_bytes(25, "big")
    if twice(raw[:21])[:4] != raw[21:]:
        raise ValueError("the address has a wrong checksum")
    if raw[0] in PAY_TO_HASH:
        return b"\x76\xa9\x14" + raw[1:21] + b"\x88\xac"
    if raw[0] in PAY_TO_SCRIPT:
        return b"\xa9\x14" + raw[1:21] + b"\x87"
    raise ValueError("not an address of this chain")


def twice(raw: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(raw).digest()).digest()


def spread(people: str) -> list[int]:
    return [ord(letter) >> 5 for letter in people] + [0] + [ord(letter) & 31 for letter in people]


def polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(GENERATORS):
            check ^= generator if top >> place & 1 else 0
    return check


def regroup(values: bytes | list[int], width: int, wanted: int, *, fill: bool) -> list[int]:
    """The same bits in groups of another width; without `fill` the leftover has to be zero and short."""
    gathered, bits, groups = 0, 0, []
    for value in values:
        gathered, bits = gathered << width | value, bits + width
        while bits >= wanted:
            bits -= wanted
            groups.append(gathered >> bits & (1 << wanted) - 1)
    left = gathered & (1 << bits) - 1
    if fill and bits:
        groups.append(left << wanted - bits)
    elif not fill and (bits >= width or left):
        raise ValueError("the address has a wrong length")
    return groups
