"""Addresses come out as the published vectors say, and nothing that could sign is ever taken."""

import pytest
from embit.bip32 import HDKey
from embit.bip39 import mnemonic_to_seed

from foundation.errors import Invalid
from processors.crypto.rules.addresses import account_key, derive, fingerprint, path_of, refuse_private, with_checksum
from processors.crypto.rules.keccak import keccak256

# Of the published words "abandon" eleven times and "about", without a passphrase.
WORDS = "abandon " * 11 + "about"
ZPUB = "zpub6rFR7y4Q2AijBEqTUquhVz398htDFrtymD9xYYfG1m4wAcvPhXNfE3EfH1r1ADqtfSdVCToUG868RvUUkgDKf31mGDtKsAYz2oz2AGutZYs"
XPUB = "xpub6DCoCpSuQZB2jawqnGMEPS63ePKWkwWPH4TU45Q7LPXWuNd8TMtVxRrgjtEshuqpK3mdhaWHPFsBngh5GFZaM6si3yZdUsT8ddYM3PwnATt"
# BIP32, vector 1: m/0' and its first child that needs no private key.
VECTOR = (
    "xpub68Gmy5EdvgibQVfPdqkBBCHxA5htiqg55crXYuXoQRKfDBFA1WEjWgP6LHhwBZeNK1VTsfTFUHCdrfp1bgwQ9xv5ski8PX9rL2dZXvgGDnw"
)
ITS_CHILD = (
    "xpub6ASuArnXKPbfEwhqN6e3mwBcDTgzisQN1wXN9BJcM47sSikHjJf3UFHKkNAWbWMiGj7Wf5uMash7SyYq527Hqck2AxYysAA7xmALppuCkwQ"
)


@pytest.mark.parametrize(
    ("chain", "key", "addresses"),
    [
        (
            "BTC",
            ZPUB,
            (
                "bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu",
                "bc1qnjg0jd8228aq7egyzacy8cys3knf9xvrerkf9g",
                "bc1qp59yckz4ae5c4efgw2s5wfyvrz0ala7rgvuz8z",
                "bc1qgl5vlg0zdl7yvprgxj9fevsc6q6x5dmcyk3cn3",
            ),
        ),
        (
            "ETH",
            XPUB,
            (
                "0x9858EfFD232B4033E47d90003D41EC34EcaEda94",
                "0x6Fac4D18c912343BF86fa7049364Dd4E424Ab9C0",
                "0xb6716976A3ebe8D39aCEB04372f22Ff8e6802D7A",
            ),
        ),
    ],
)
def test_the_published_addresses_come_out(chain, key, addresses):
    assert tuple(derive(chain, key, index) for index in range(len(addresses))) == addresses


def test_the_testnet_address_of_bip84_comes_out():
    vpub = _account("m/84h/1h/0h", bytes.fromhex("045f1cf6"))

    assert vpub.startswith("vpub")
    assert derive("BTC", vpub, 0, network="test") == "tb1q6rz28mcfaxtmd6v789l9rrlrusdprr9pqcpvkl"


def test_the_library_derives_public_children_as_bip32_says():
    assert HDKey.from_string(VECTOR).derive([1]).to_string() == ITS_CHILD


def test_one_key_spelled_twice_is_one_key():
    as_xpub = _account("m/84h/0h/0h", bytes.fromhex("0488b21e"))

    assert as_xpub.startswith("xpub")
    assert derive("BTC", as_xpub, 3) == derive("BTC", ZPUB, 3)
    assert fingerprint(as_xpub) == fingerprint(ZPUB) != fingerprint(XPUB)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (WORDS, "crypto.private_key"),
        (HDKey.from_seed(mnemonic_to_seed(WORDS)).derive("m/84h/0h/0h").to_string(), "crypto.private_key"),
        (f'{{"key": "{HDKey.from_seed(mnemonic_to_seed(WORDS)).to_string()}"}}', "crypto.private_key"),
        (ZPUB[:-1] + "t", "crypto.not_a_key"),
        ("bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu", "crypto.not_a_key"),
        ("", "crypto.not_a_key"),
        (VECTOR, "crypto.not_an_account"),
    ],
)
def test_what_is_no_public_account_key_is_refused(text, code):
    with pytest.raises(Invalid) as refused:
        account_key(text)
    assert refused.value.code == code
    assert "xprv" not in str(refused.value.facts)


def test_settings_without_a_private_key_pass():
    refuse_private(f'{{"key": "{ZPUB}", "url": "https://node.example", "note": "the account of the house"}}')


def test_a_hardened_address_is_refused():
    with pytest.raises(Invalid):
        derive("BTC", ZPUB, 2**31)


@pytest.mark.parametrize(
    ("data", "digest"),
    [
        (b"", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
        (b"Transfer(address,address,uint256)", "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"),
        # One byte short of a block, a block, one byte more.
        (b"a" * 135, "34367dc248bbd832f4e3e69dfaac2f92638bd0bbd18f2912ba4ef454919cf446"),
        (b"a" * 136, "a6c4d403279fe3e0af03729caada8374b5ca54d8065329a3ebcaeb4b60aa386e"),
        (b"a" * 137, "d869f639c7046b4929fc92a4d988a8b22c55fbadb802c0c66ebcd484f1915f39"),
    ],
)
def test_keccak_is_the_one_of_ethereum(data, digest):
    assert keccak256(data).hex() == digest


@pytest.mark.parametrize(
    "address",
    [
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "0xde709f2102306220921060314715629080e2fb77",
    ],
)
def test_capitals_prove_an_address_as_eip_55_says(address):
    assert with_checksum(address.lower()) == address


def test_paths_are_those_of_bip84_and_bip44():
    assert path_of("BTC", is_main=True) == "m/84'/0'/0'"
    assert path_of("BTC", is_main=False) == "m/84'/1'/0'"
    assert path_of("ETH", is_main=True) == "m/44'/60'/0'"


def _account(path: str, version: bytes) -> str:
    """The published account's public key under another spelling."""
    return HDKey.from_seed(mnemonic_to_seed(WORDS)).derive(path).to_public().to_string(version)
