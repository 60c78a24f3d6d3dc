"""Addresses from extended public keys alone: BIP84 for Bitcoin, BIP44 for Ethereum. No private key is ever taken."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final

from embit import script
from embit.base import EmbitError
from embit.bip32 import HDKey
from embit.networks import NETWORKS

from foundation.errors import Invalid
from processors.crypto.rules.keccak import keccak256

# The coin whose chain an address lies on; a token lives at the addresses of its chain.
CHAIN_OF: Final = {"BTC": "BTC", "ETH": "ETH", "USDC": "ETH"}
PATHS: Final = {"BTC": "m/84'/{coin_type}'/0'", "ETH": "m/44'/{coin_type}'/0'"}
PUBLIC, ACCOUNT_DEPTH, RECEIVING, LARGEST_INDEX = ("xpub", "zpub", "tpub", "vpub"), 3, 0, 2**31 - 1
_ETHEREUM: Final = re.compile(r"0x[0-9a-fA-F]{40}")
PRIVATE, SECRET_WORDS = ("xprv", "yprv", "zprv", "tprv", "uprv", "vprv"), 12


def refuse_private(text: str) -> None:
    """Invalid for anything that could sign: an extended private key, or the words it is made from."""
    words = text.split()
    if any(word.strip("\"',;:=[]{}").lower().startswith(PRIVATE) for word in words) or (
        len(words) >= SECRET_WORDS and all(word.isalpha() for word in words)
    ):
        raise Invalid("crypto.private_key", "A private key has no business here; only extended public keys have.")


def account_key(text: str) -> HDKey:
    """The extended public key of an account. Invalid for anything else."""
    refuse_private(text)
    try:
        key = HDKey.from_string(text.strip())
    except (EmbitError, ValueError) as wrong:
        raise Invalid("crypto.not_a_key", "This is no extended public key.") from wrong
    if key.is_private or not text.strip().startswith(PUBLIC):
        raise Invalid("crypto.not_a_key", "An extended public key begins with xpub, zpub, tpub or vpub.")
    if key.depth != ACCOUNT_DEPTH:
        raise Invalid("crypto.not_an_account", "The key has to be an account's, three steps below the root.")
    return key


def fingerprint(text: str) -> str:
    """One word for the key itself, however its version is spelled: the same key twice would share addresses."""
    key = account_key(text)
    return sha256(key.chain_code + key.key.sec()).hexdigest()


def path_of(chain: str, *, is_main: bool) -> str:
    return PATHS[chain].format(coin_type=1 if not is_main else {"BTC": 0, "ETH": 60}[chain])


def derive(chain: str, account: str, index: int, *, network: str = "main") -> str:
    """The receiving address with this number below an account."""
    if not 0 <= index <= LARGEST_INDEX:
        raise Invalid("crypto.no_such_index", "Hardened addresses need a private key.", index=index)
    child = account_key(account).derive([RECEIVING, index])
    if chain == "BTC":
        return str(script.p2wpkh(child.key).address(NETWORKS[network]))
    public = child.key
    public.compressed = False
    return with_checksum(keccak256(public.sec()[1:])[-20:].hex())


def payable(chain: str, text: str) -> str:
    """An address coins may be sent to, as its chain writes it. Invalid for anything else."""
    found = _bitcoin(text.strip()) if chain == "BTC" else _ethereum(text.strip())
    if not found:
        raise Invalid("crypto.bad_address", "No such address; copy it again from the wallet.")
    return found


def _bitcoin(text: str) -> str:
    address = text.lower() if text.isupper() else text
    try:
        plain = str(script.address_to_scriptpubkey(address).address(NETWORKS["main"]))
    except (EmbitError, ValueError, KeyError, IndexError):
        return ""
    return plain if plain == address else ""


def _ethereum(text: str) -> str:
    if not _ETHEREUM.fullmatch(text) or not int(text, 16):
        return ""
    address, letters = with_checksum(text), text[2:]
    is_plain = letters in (letters.lower(), letters.upper())
    return address if is_plain or text == address else ""


def with_checksum(address: str) -> str:
    """An Ethereum address with the capitals that prove its letters (EIP-55)."""
    plain = address.lower().removeprefix("0x")
    digest = keccak256(plain.encode()).hex()
    return "0x" + "".join(
        letter.upper() if int(proof, 16) >= 8 else letter for letter, proof in zip(plain, digest, strict=False)
    )
