import pytest

from foundation.errors import NotFound
from foundation.registry import Registry


def test_entries_keep_the_order_in_which_they_were_added():
    registry: Registry[int] = Registry("number")
    for name, value in (("b", 2), ("a", 1), ("c", 3)):
        registry.add(name, value)
    assert list(registry.items()) == [("b", 2), ("a", 1), ("c", 3)]


def test_the_same_name_for_two_things_is_a_mistake():
    registry: Registry[int] = Registry("number")
    registry.add("a", 1)
    registry.add("a", 1)
    with pytest.raises(ValueError, match="registered twice"):
        registry.add("a", 2)
    assert registry["a"] == 1


def test_an_unknown_name_is_refused_with_the_known_ones():
    registry: Registry[int] = Registry("bench")
    registry.add("house", 1)
    with pytest.raises(NotFound) as refused:
        registry.find("hose")
    assert refused.value.code == "bench.unknown"
    assert refused.value.facts == {"known": ["house"]}
