"""Our names at rails: short, ours alone, and never the same for two instructions."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.ids import uuid7
from processors.gateways.rails.references import LONGEST, reference_of


@given(st.uuids(), st.integers(1, 35))
def test_a_reference_fits_the_narrowest_field(payout_id, number):
    reference = reference_of(payout_id, number)
    assert len(reference) == LONGEST
    assert reference.startswith("PO")
    assert reference.isalnum()
    assert reference.isupper() or reference[2:].isdigit()


def test_a_reference_holds_all_that_is_random_in_an_id_and_the_number():
    ids = [uuid7() for _ in range(2_000)]
    assert len({reference_of(one, number) for one in ids for number in (1, 2, 35)}) == 6_000
    assert reference_of(UUID(int=0), 1) == "PO0000000000001"
    assert reference_of(UUID(int=2**62 - 1), 35) == "POZ1CI99JJ7473Z"


@pytest.mark.parametrize("number", [0, 36, -1])
def test_a_number_that_does_not_fit_is_a_mistake(number):
    with pytest.raises(ValueError):
        reference_of(UUID(int=7), number)
