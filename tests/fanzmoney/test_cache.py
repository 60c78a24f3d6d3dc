"""Redis may be written by others: what it holds is data and never code."""

import pickle

import pytest
from django.core.cache import cache

from foundation.http import rates


class Planted:
    def __reduce__(self):
        return (exec, ("import foundation.http.rates as r; r.was_planted = True",))


def test_what_somebody_planted_is_not_run(settings):
    cache.set("known", {"a": [1, "b"]}, 60)
    cache.set("count", 1, 60)
    assert (cache.get("known"), cache.incr("count"), cache.get("count")) == ({"a": [1, "b"]}, 2, 2)

    rates._client().set(cache.make_key("planted"), pickle.dumps(Planted()))
    with pytest.raises(ValueError, match=r"JSON|utf-8|codec"):
        cache.get("planted")
    assert not hasattr(rates, "was_planted")
