"""The colours keep their promised contrast in both themes, and nothing else names a colour."""

import re
from pathlib import Path

import pytest

CSS = Path(__file__).resolve().parents[2] / "static/css"
PAIRS = [
    ("text", "bg", 4.5), ("text", "surface", 4.5), ("muted", "bg", 4.5), ("muted", "surface", 4.5),
    ("muted", "hover", 4.5), ("control", "bg", 3), ("control", "surface", 3), ("primary", "card", 4.5),
    ("primary", "canvas", 4.5), ("primary", "primary-tint", 4.5), ("on-primary", "primary", 4.5),
    ("on-primary", "primary-hover", 4.5), ("on-primary", "danger-solid", 4.5), ("normal", "normal-bg", 4.5),
    ("delayed", "delayed-bg", 4.5), ("frozen", "frozen-bg", 4.5), ("review", "review-bg", 4.5),
    ("neutral", "neutral-bg", 4.5), ("text", "normal-bg", 4.5), ("text", "delayed-bg", 4.5), ("text", "frozen-bg", 4.5),
    ("frozen", "card", 4.5), ("delayed", "card", 4.5), ("normal", "card", 4.5), ("text", "primary-tint", 4.5),
    *((f"series-{n}", "card", 3) for n in range(1, 7)),
]  # fmt: skip


def tokens(theme):
    found = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", (CSS / "tokens.css").read_text())
    return {name: (light, dark)[theme] for name, light, dark in found}


def luminance(colour):
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_contrast_holds(theme):
    colours = tokens(theme)
    measured = {(a, b): (contrast(colours[a], colours[b]), least) for a, b, least in PAIRS}
    assert {pair: ratio for pair, (ratio, least) in measured.items() if ratio < least} == {}


def test_only_the_tokens_name_colours():
    for sheet in CSS.glob("*.css"):
        if sheet.name != "tokens.css":
            values = re.findall(r":[^;{}]*;", sheet.read_text())
            assert not [value for value in values if re.search(r"#[0-9a-fA-F]{3,8}\b", value)], sheet.name
