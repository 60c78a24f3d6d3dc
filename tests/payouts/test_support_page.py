"""Support reads of every state and every reason, in the creator's own words, and of nothing that is inside."""

import re

from foundation.reasons import Reason
from payouts import words
from payouts.life.states import PayoutState
from payouts.support_page import BY_REASON, BY_STATE, support_page


def test_every_state_and_reason_has_its_line_with_the_words_of_the_page():
    page = support_page()

    assert set(BY_STATE) == {str(state) for state in PayoutState}
    assert set(BY_REASON) == set(map(Reason, words.REASONS)) == set(Reason)
    for why in words.REASONS.values():
        assert f'"{why.filled}"' in page
        assert why.otherwise in page
    assert len(re.findall(r"^\| `[A-Z_]+` \|", page, re.MULTILINE)) == len(PayoutState) + len(Reason)


def test_what_holds_beside_a_reason_is_said_as_on_the_page():
    page = support_page()
    for sentence in (words.DISPUTED, words.SECOND_PERSON, words.LATE):
        assert f'"{sentence}"' in page
    assert page.count(words.deed("answer_disputes").text) == 2


def test_it_names_no_bound_and_no_rule():
    assert not re.search(r"\b\d{3}\b|chargeback-spike|concentrated-payers|integrity", support_page())
