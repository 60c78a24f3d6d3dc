"""Values drawn by the template tags."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django import forms
from django.template import Context, Template

from foundation.http.components import Action, Badge, Column, Due, Empty, Id, Kpi, Link, Row, Table, changes
from foundation.money import Money

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def drawn(source, **values):
    shell = SimpleNamespace(now=NOON, request_id="req-1")
    return Template("{% load fanz %}" + source).render(Context({"shell": shell, **values}))


def test_money_is_drawn_for_eyes_ears_and_clipboard():
    html = drawn("{% money m %}", m=Money(-34050, "USD"))
    assert 'data-copy="-340.50"' in html
    assert '<span aria-hidden="true">−$340.50</span>' in html
    assert '<span class="sr">minus 340 US dollars and 50 cents</span>' in html


@pytest.mark.parametrize(("state", "tone", "word"), [("FROZEN", "frozen", "Frozen"), ("ODD_ONE", "neutral", "Odd one")])
def test_a_state_is_never_colour_alone(state, tone, word):
    html = drawn("{% badge s %}", s=state)
    assert f"tone-{tone}" in html
    assert "<svg" in html
    assert html.endswith(f"{word}</span>")


@pytest.mark.parametrize(
    ("minutes", "words", "urgency"),
    [(41, "41 min left", "soon"), (300, "5 h 0 min left", ""), (-12, "12 min overdue", "over")],
)
def test_a_deadline_counts_down_by_the_clock_of_the_house(minutes, words, urgency):
    html = drawn("{% due at %}", at=NOON + timedelta(minutes=minutes))
    assert words in html
    assert f'class="due {urgency}"' in html
    assert f'datetime="{(NOON + timedelta(minutes=minutes)):%Y-%m-%dT%H:%M:%SZ}"' in html


def test_a_queue_draws_each_cell_by_its_kind_and_escapes_words():
    table = Table(
        "Approvals",
        [Column("What"), Column("Amount", end=True), Column("Due")],
        [Row([Link("<b>", "/a"), Money(1, "USD"), Due(NOON)], [Action("Open", href="/a", about="it")])],
        next_url="?cursor=x",
    )
    html = drawn("{% queue t %}", t=table)
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    assert 'data-label="Amount"' in html
    assert 'href="?cursor=x"' in html


def test_an_empty_queue_says_why_and_what_next():
    empty = Empty("No approvals wait", "They appear at once.", action=Action("See decided ones", href="/done"))
    html = drawn("{% queue t %}", t=Table("Approvals", [Column("What")], [], empty=empty))
    assert "<table" not in html
    assert "No approvals wait" in html
    assert 'href="/done"' in html


def test_a_row_that_does_not_fit_its_columns_is_a_mistake():
    with pytest.raises(ValueError, match="zip"):
        drawn("{% queue t %}", t=Table("x", [Column("a"), Column("b")], [Row(["only one"])]))


def test_a_difference_names_only_what_changes():
    told = changes({"role": None, "limit": 5, "gone": True}, {"role": "finance", "limit": 5, "new": ["a", "b"]})
    assert [(c.name, c.before, c.after) for c in told] == [
        ("gone", "yes", ""), ("new", "", "a, b"), ("role", "none", "finance"),
    ]  # fmt: skip


def test_a_sparkline_is_made_of_whole_numbers():
    assert Kpi("x", 1, points=(1, 3, 2)).polyline == "0,28 50,2 100,15"
    assert Kpi("x", 1, points=(1,)).polyline == ""


def test_a_field_ties_label_help_and_error_together():
    class Form(forms.Form):
        amount = forms.CharField(help_text="In dollars.")

    html = drawn("{% field f %}", f=Form({"amount": ""})["amount"])
    assert '<label for="id_amount">' in html
    assert 'aria-describedby="id_amount_helptext id_amount_error"' in html
    assert 'id="id_amount_helptext"' in html
    assert 'id="id_amount_error"' in html


def test_ids_and_badges_as_cells():
    assert 'data-copy="0198-long"' in drawn("{% cell v %}", v=Id("0198-long", "0198"))
    assert "Attention" in drawn("{% cell v %}", v=Badge("Attention", "delayed", "warn"))
