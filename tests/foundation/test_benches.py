"""A figure that was not taken, or is too bad, is never called good."""

import pytest

from foundation.benches import Goal, Measure, percentile, take_all


def taken(take, *goals, runs=3):
    found, yardsticks = take_all({"one": Measure(take, goals, runs)}, advance=lambda _: None)
    return [figure.as_dict() for figure in found], yardsticks


def test_a_figure_is_the_median_of_its_runs():
    values = iter([3.0, 1.0, 2.0])
    (figure,), yardsticks = taken(lambda: {"a": next(values)}, Goal("a", "How long", "s", 2))
    assert figure == {
        "key": "a",
        "what": "How long",
        "value": 2.0,
        "unit": "s",
        "goal": "at most 2",
        "ok": True,
        "runs": [3.0, 1.0, 2.0],
    }
    assert len(yardsticks) == 3
    assert min(yardsticks) > 0


@pytest.mark.parametrize(
    ("best", "value", "ok"),
    [
        ("at most", 10, True), ("at most", 10.1, False), ("at least", 10, True), ("at least", 9.9, False),
        ("exactly", 10, True), ("exactly", 11, False),
    ],
)  # fmt: skip
def test_a_goal_is_met_or_not(best, value, ok):
    (figure,), _ = taken(lambda: {"a": value}, Goal("a", "", "", 10, best))
    assert figure["ok"] is ok


def test_a_figure_that_cannot_be_taken_is_not_ok_and_says_why():
    def broken():
        raise OSError("no chromium here")

    (figure,), _ = taken(broken, Goal("a", "", "", 10))
    assert (figure["ok"], figure["value"], figure["runs"]) == (False, None, [])
    assert figure["why_not"] == "OSError: no chromium here"


def test_one_failed_run_spoils_the_figure():
    answers = iter([{"a": 1}, {}, {"a": 1}])
    (figure,), _ = taken(lambda: next(answers), Goal("a", "", "", 10))
    assert (figure["ok"], figure["value"]) == (False, 1.0)
    assert "not among" in figure["why_not"]


def test_measures_take_turns():
    order = []
    measures = {name: Measure(lambda name=name: order.append(name) or {}, [], 2) for name in ("a", "b")}
    take_all(measures, advance=lambda _: None)
    assert order == ["a", "b", "a", "b"]


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.95, 95), (1, 100), (0.001, 1)])
def test_a_percentile_is_one_of_the_values(share, value):
    assert percentile(range(1, 101), share) == value
