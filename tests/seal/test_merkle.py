import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.seal import merkle


def leaves(count):
    return [merkle.leaf_hash(str(number).encode()) for number in range(count)]


def test_the_root_is_the_one_of_rfc_6962():
    # The certificate transparency test vectors of RFC 6962 implementations, for the first seven inputs.
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    hashed = [merkle.leaf_hash(bytes.fromhex(text)) for text in inputs]
    assert merkle.root(hashed[:1]).hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert merkle.root(hashed[:2]).hex() == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
    assert merkle.root(hashed).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    assert merkle.root([]) == hashlib.sha256(b"").digest()


@given(st.integers(1, 70), st.data())
def test_every_leaf_climbs_to_the_root(count, data):
    index = data.draw(st.integers(0, count - 1))
    all_leaves = leaves(count)
    steps = merkle.path(all_leaves, index)
    assert merkle.climb(all_leaves[index], steps) == merkle.root(all_leaves)
    assert merkle.climb(merkle.leaf_hash(b"another"), steps) != merkle.root(all_leaves)


@pytest.mark.parametrize("count", [2, 3, 8, 33])
def test_order_matters(count):
    assert merkle.root(leaves(count)[::-1]) != merkle.root(leaves(count))


@given(st.integers(1, 300))
def test_leaves_in_one_string_have_the_same_root(count):
    assert merkle.root_of(b"".join(leaves(count))) == merkle.root(leaves(count))
