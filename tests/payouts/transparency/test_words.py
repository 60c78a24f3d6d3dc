"""The catalogue: every reason has a cause, something to do and its effect, in plain and short words."""

import re
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime

import pytest

from foundation.reasons import Reason
from payouts import words
from payouts.freezes.first_rules import FIRST_RULES
from payouts.freezes.states import FreezeType
from payouts.integrity.rules.hints import HINTS
from payouts.integrity.rules.scoring import Tier
from payouts.life.states import CreatorStatus, PayoutState
from payouts.transparency.rules import wording

FORBIDDEN = (
    "score", "threshold", "aml", "launder", "sanction", "risk", "integrity", "algorithm", "suspic", "fraud",
    "pattern", "trigger", "spike", "security reasons", "flag", "matched", "component", "severity", "business days",
)  # fmt: skip
FILLED = {
    "hours": 48, "wait": "2 days", "disputes": 5, "disputed": 4, "refunded": 41, "sales": 100,
    "document": "a proof of who you are", "rail": "Paxum",
    "bank": "the account is blocked there", "date": "Friday, 20 November", "tier": "SILVER", "destination": "Paxum ma",
    "where": "Paxum ma", "rails": "SEPA transfer", "least": "20.00 USD",
    "free": "26.30 USD", "kept": "6.31 USD",
}  # fmt: skip
MONDAY = datetime(2026, 11, 23, 22, tzinfo=UTC)


def sentences(value):
    """Every text of the catalogue, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from sentences(inner)
    elif isinstance(value, (tuple, list)):
        for inner in value:
            yield from sentences(inner)
    elif is_dataclass(value):
        for field in fields(value):
            if field.name not in ("path", "action"):
                yield from sentences(getattr(value, field.name))


CATALOGUE = {name: value for name, value in vars(words).items() if name.isupper()}
ALL = sorted({text for name, value in CATALOGUE.items() if name != "NOTHING" for text in sentences(value) if text})


@pytest.mark.parametrize("code", Reason.values)
def test_every_reason_has_text_action_and_effect(code):
    assert code in words.REASONS
    why = words.why(code)
    for facts in ({}, FILLED):
        said = why.said(facts)
        assert said.endswith(".")
        assert "{" not in said
        assert code not in said
    deed = wording.option(why.action, MONDAY)
    assert why.action in words.DEEDS
    assert deed.label
    assert deed.effect.endswith(".")
    assert len(deed.effect) > len(words.deed(why.action).text), "it says what it does to the date"
    assert len(f"{why.said(FILLED)} {deed.effect}".split()) <= 60


def test_every_action_of_a_rule_is_known():
    assert {row[9] for row in FIRST_RULES} <= set(words.DEEDS)


def test_every_state_status_tier_hint_and_scope_has_words():
    assert set(words.WAITING) == set(PayoutState)
    assert set(words.STATUSES) == set(CreatorStatus)
    assert set(words.TIERS) == set(Tier)
    assert set(words.HINTS) == set(HINTS.values())
    assert set(words.HOLD_TITLES) == set(words.HOLD_ENDED) == set(words.HOLD_RESTS) == set(FreezeType)


def test_no_text_tells_how_something_was_found():
    assert len(ALL) > 100
    told = {text: word for text in ALL for word in FORBIDDEN if re.search(rf"\b{word}", text.lower())}
    assert told == {}


def test_no_text_names_a_reason_code_or_a_rule():
    names = {*Reason.values, *(row[0] for row in FIRST_RULES)}
    assert [text for text in ALL if any(name in text for name in names)] == []


def test_every_text_can_be_filled_in_and_is_plain():
    for text in ALL:
        filled = text.format_map({**FILLED, "when": "now"})
        assert "{" not in filled
        for sentence in re.split(r"[.;:] ", filled):
            assert len(sentence.split()) <= 25, sentence
        assert not re.search(r"[^\x00-\x7f]", filled), filled


def test_what_is_not_known_is_told_as_a_routine_check_and_a_word_with_us():
    assert words.why("NO_SUCH_CODE").said({}) == "A routine check is running."
    assert words.deed("no_such_deed").label == "Ask a person"
