"""PACK 440's triggers and scenarios, laid side by side with the first rules; the decision is pure."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from foundation.money import Money
from payouts.freezes import words
from payouts.freezes.first_rules import FIRST_RULES
from payouts.freezes.rules import laundering
from payouts.freezes.rules.evaluating import Answer, Condition, Rule, evaluate, is_worse, progress
from payouts.freezes.rules.measures import NAMES, of_payout
from payouts.freezes.services.judging import rules_in_force
from payouts.freezes.states import FreezeType, ReleasePath, Severity
from payouts.words import DEEDS, REASONS

GOOD = {name: Decimal(90) for name in NAMES} | {
    "score": Decimal(850), "chargebacks_7d": Decimal(0), "refund_percent": Decimal(2), "age_days": Decimal(400),
    "payout_dollars": Decimal(200),
}  # fmt: skip
AT = datetime(2026, 11, 20, tzinfo=UTC)

# The document's own table: what is looked at, the bound, the severity and the scope.
TRIGGERS = [
    ("chargeback_exposure", 30, {}, "HIGH", "PAYOUT", "CHARGEBACK_SPIKE"),
    ("refund_ratio", 40, {}, "MEDIUM", "REVENUE_SOURCE", "HIGH_REFUND_RATIO"),
    ("account_age", 50, {"payout_dollars": Decimal("1000.01")}, "MEDIUM", "PAYOUT", "NEW_ACCOUNT_LARGE_PAYOUT"),
    ("payer_concentration", 30, {}, "LOW", "PAYOUT", "CONCENTRATED_PAYERS"),
]


@pytest.fixture
def rules(db):
    return rules_in_force(AT)


def measured(**changes):
    return GOOD | {name: Decimal(str(value)) for name, value in changes.items()}


@pytest.mark.parametrize(("measure", "bound", "also", "severity", "scope", "code"), TRIGGERS)
def test_each_trigger_of_the_document_has_its_rule_and_its_bound_is_open(
    rules, measure, bound, also, severity, scope, code
):
    at_bound = evaluate(rules, GOOD | also | {measure: Decimal(bound)}).triggers
    below = evaluate(rules, GOOD | also | {measure: Decimal(bound) - Decimal("0.1")}).triggers
    assert code not in [rule.code for rule in at_bound]
    (rule,) = [rule for rule in below if rule.code == code]
    assert (rule.severity, rule.freeze_type) == (severity, scope)


def test_a_large_payout_on_a_new_account_needs_both(rules):
    assert evaluate(rules, measured(account_age=10, payout_dollars=1000)).triggers == ()
    assert evaluate(rules, measured(account_age=60, payout_dollars=9000)).triggers == ()


def test_scenario_1_a_high_trust_creator_is_left_alone(rules):
    assert evaluate(rules, measured(score=801)).answer is Answer.NOTHING


def test_scenario_2_a_low_score_and_a_large_payout_are_reviewed_and_not_stopped(rules):
    decision = evaluate(rules, measured(score=480, payout_dollars=1500))
    assert decision.answer is Answer.NOTE
    assert [rule.name for rule in decision.noted] == ["low-score-large-payout"]


def test_scenario_3_five_disputes_in_a_week_stop_at_once_and_escalate(rules):
    decision = evaluate(rules, measured(chargebacks_7d=5, chargeback_exposure=25, score=790))
    assert decision.answer is Answer.FREEZE
    assert (decision.deciding.severity, decision.deciding.freeze_type) == ("HIGH", "PAYOUT")
    assert decision.deciding.escalates_to == "COMPLIANCE"
    assert evaluate(rules, measured(chargebacks_7d=4)).answer is Answer.NOTHING


def test_scenario_4_refunds_stop_their_source_and_no_payout(rules):
    decision = evaluate(rules, measured(refund_ratio="39.9", score=650))
    assert decision.deciding.freeze_type is FreezeType.REVENUE_SOURCE
    assert decision.deciding.path is ReleasePath.CONDITION_MET


def test_scenario_5_a_young_account_and_a_very_large_payout_wait_longer_for_a_person(rules):
    decision = evaluate(rules, measured(age_days=29, account_age=49, payout_dollars="5000.01", score=600))
    names = {rule.name: rule for rule in decision.triggers}
    assert decision.answer is Answer.FREEZE
    assert decision.deciding.name == "young-account-very-large"
    assert "new-account-large-payout" in {rule.name for rule in decision.noted}
    assert (names["young-account-very-large"].extend_hours, names["young-account-very-large"].path) == (
        168, ReleasePath.MANUAL_REVIEW,
    )  # fmt: skip
    assert "young-account-very-large" not in {
        r.name for r in evaluate(rules, measured(age_days=30, payout_dollars=6000)).triggers
    }


@pytest.mark.parametrize(("score", "answer"), [(700, Answer.FREEZE), (701, Answer.NOTE)])
def test_a_medium_trigger_makes_a_note_above_700(rules, score, answer):
    assert evaluate(rules, measured(refund_ratio=10, score=score)).answer is answer


def test_low_never_stops_and_high_does_at_any_score(rules):
    assert evaluate(rules, measured(payer_concentration=1, score=100, account_age=90)).answer is Answer.NOTE
    assert evaluate(rules, measured(chargeback_exposure=1, score=999)).answer is Answer.FREEZE


def test_the_most_severe_decides_and_the_others_are_noted(rules):
    decision = evaluate(rules, measured(chargeback_exposure=10, refund_ratio=10, payer_concentration=10, score=650))
    assert decision.deciding.code == "CHARGEBACK_SPIKE"
    assert [rule.severity for rule in decision.noted] == [Severity.MEDIUM, Severity.LOW]


def test_every_first_rule_looks_at_something_that_is_measured(rules):
    assert len(rules) == len(FIRST_RULES)
    for rule in rules:
        assert {condition.measure for condition in rule.conditions} <= NAMES
        assert rule.action in DEEDS
        assert rule.code in REASONS


def test_what_was_not_measured_triggers_nothing(rules):
    assert evaluate(rules, {}).answer is Answer.NOTHING


def test_amounts_are_weighed_in_dollars():
    assert of_payout(Money(1_000_00, "USD"))["payout_dollars"] == 1000
    assert of_payout(Money(1_000_00, "EUR"))["payout_dollars"] == 1080
    assert of_payout(Money(150_000, "JPY"))["payout_dollars"] == 990
    assert of_payout(Money(1, "BTC"))["payout_dollars"] > 5000


def test_progress_is_the_way_back_to_the_bound():
    way = [{"measure": "refund_ratio", "start": "20", "target": "40"}]
    found = [progress(way, {"refund_ratio": Decimal(now)}) for now in (10, 20, 25, 39, 40, 70)]
    assert found == [0, 0, 25, 95, 100, 100]
    assert progress(way, {}) == 0


def test_worse_is_further_in_the_wrong_direction():
    below, above = Condition("score", below=Decimal(30)), Condition("refund_percent", above=Decimal(30))
    assert is_worse(below, {"score": Decimal(20)}, {"score": "25"})
    assert not is_worse(below, {"score": Decimal(25)}, {"score": "25"})
    assert is_worse(above, {"refund_percent": Decimal(41)}, {"refund_percent": "40"})
    assert not is_worse(above, {}, {"refund_percent": "40"})


def test_structuring_is_several_payouts_just_below_the_bound():
    bound = 10_000_00
    assert laundering.structuring([9_500_00, 9_900_00, 8_100_00], bound).facts["payouts"] == 3
    assert laundering.structuring([9_500_00, 9_900_00], bound) is None
    assert laundering.structuring([10_000_00] * 5, bound) is None
    assert laundering.structuring([500_00] * 40, bound) is None


def test_passing_through_is_money_earned_at_once_from_very_few():
    facts = {"paid_out_minor": 2_000_00, "fresh_minor": 1_900_00, "payers": 2, "dollars": 2000, "age_days": 3}
    assert laundering.pass_through(**facts).name == "pass_through"
    for change in ({"payers": 4}, {"payers": 0}, {"fresh_minor": 1_700_00}, {"dollars": 499}):
        assert laundering.pass_through(**facts | change) is None


def test_a_circle_is_money_that_comes_back():
    assert laundering.circular("a", {("b", "a"): 100, ("a", "b"): 90}).facts["people"] == 2
    assert laundering.circular("a", {("a", "b"): 90, ("b", "c"): 80, ("c", "a"): 100}).facts["flow"] == 80
    assert laundering.circular("a", {("a", "b"): 90, ("b", "c"): 80, ("c", "d"): 80, ("d", "a"): 80}) is None
    assert laundering.circular("a", {("b", "a"): 1000, ("a", "b"): 10}) is None
    assert laundering.circular("a", {("b", "a"): 1000, ("a", "a"): 1000}) is None


FORBIDDEN = (
    "score", "threshold", "rule", "aml", "launder", "sanction", "risk", "integrity", "algorithm", "suspic", "fraud",
    "pattern", "trigger", "spike", "security reasons", "flag", "matched", "component", "severity",
)  # fmt: skip
FACTS = {"disputes": 5, "refunded": 41, "sales": 100, "document": "a proof of who you are"}


@pytest.mark.parametrize("code", [*REASONS, "SOMETHING_ELSE"])
@pytest.mark.parametrize("facts", [FACTS, {}, {"rule": "chargeback-spike v1", "score": "299", "matches": ["SYN-1"]}])
def test_no_message_tells_how_it_was_found_and_all_are_short(code, facts):
    for kind in FreezeType:
        for action in [*DEEDS, "unknown"]:
            for path in ReleasePath:
                said = words.message(
                    freeze_type=kind, code=code, facts=facts, path=path, until=AT, action=action
                )  # fmt: skip
                text = f"{said.title} {said.body}".lower()
                assert not [word for word in FORBIDDEN if word in text], text
                assert "{" not in text
                assert "299" not in text
                assert len(said.body.split()) <= 60
                assert "20 november 2026" in text
                assert len(said.action) > 10


def test_a_money_laundering_check_reads_like_any_other():
    plain = words.message(
        freeze_type="PAYOUT", code="CHECK_IN_PROGRESS", facts={}, path="MANUAL_REVIEW", until=AT, action="nothing"
    )
    assert plain.body == (
        "A routine check is running. You hear from us by 20 November 2026. The money stays yours; your other payouts "
        "go on. You need to do nothing."
    )


def test_a_rule_is_named_with_its_version():
    rule = Rule("x", 3, (), FreezeType.PAYOUT, Severity.LOW, "C", ReleasePath.MANUAL_REVIEW, "nothing", 1)
    assert rule.label == "x v3"
