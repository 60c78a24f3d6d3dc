"""How alike two names are: words in any order, with accents, spellings and middle names forgiven."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

MATCHES_FROM = 88
ONE_WORD_AT_MOST = 60
OTHER_BIRTH_YEAR = 15
KEY_LENGTH = 6

# Letters that do not come apart into a base and an accent, and sounds that are written in several ways.
LETTERS = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
SOUNDS = (
    ("ph", "f"), ("ck", "k"), ("kh", "k"), ("gh", "g"), ("dj", "j"), ("zh", "j"), ("sch", "s"), ("sh", "s"),
    ("ou", "u"), ("oo", "u"), ("ee", "i"), ("y", "i"), ("q", "k"), ("c", "k"), ("w", "v"), ("z", "s"), ("x", "ks"),
)  # fmt: skip
TITLES = frozenset({"mr", "mrs", "ms", "dr", "prof", "sir", "al", "el", "bin", "ibn", "van", "von", "de", "der"})
LEGAL_FORMS = frozenset({"ltd", "llc", "inc", "gmbh", "co", "corp", "sa", "ag", "bv", "limited", "company"})


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name as they are compared: small letters without accents, titles and legal forms left out."""
    spelled = "".join(LETTERS.get(letter, letter) for letter in unicodedata.normalize("NFKD", name.casefold()))
    plain = "".join(letter for letter in spelled if not unicodedata.combining(letter))
    words = re.findall(r"[^\W\d_]+", plain.replace("'", "").replace("’", ""))
    return tuple(word for word in words if word not in TITLES | LEGAL_FORMS) or tuple(words)


def key_of(word: str) -> str:
    """How a word sounds, roughly: its first letter and its consonants, doubled ones once."""
    for written, heard in SOUNDS:
        word = word.replace(written, heard)
    head, rest = word[:1], re.sub(r"[aeiouh]", "", word[1:])
    return re.sub(r"(.)\1+", r"\1", head + rest)[:KEY_LENGTH]


def keys_of(names: Iterable[str]) -> set[str]:
    return {key_of(word) for name in names for word in words_of(name)}


def likeness(one: str, other: str) -> float:
    """Jaro-Winkler: 1 for the same word, towards 0 for strangers."""
    if one == other:
        return 1.0
    reach = max(max(len(one), len(other)) // 2 - 1, 0)
    taken = [False] * len(other)
    common: list[str] = []
    for place, letter in enumerate(one):
        for at in range(max(0, place - reach), min(len(other), place + reach + 1)):
            if not taken[at] and other[at] == letter:
                taken[at] = True
                common.append(letter)
                break
    if not common:
        return 0.0
    there = [letter for letter, is_taken in zip(other, taken, strict=True) if is_taken]
    swapped = sum(a != b for a, b in zip(common, there, strict=True)) // 2
    same = len(common)
    jaro = (same / len(one) + same / len(other) + (same - swapped) / same) / 3
    return jaro + _same_start(one[:4], other[:4]) * 0.1 * (1 - jaro)


def _same_start(one: str, other: str) -> int:
    """How many letters stand alike before the first that differs."""
    pairs = list(zip(one, other, strict=False))
    return next((place for place, (a, b) in enumerate(pairs) if a != b), len(pairs))


def score(one: str, other: str) -> int:
    """How alike two names are, 0 to 100. A middle name too many costs little; one word alone never matches."""
    short, long = sorted((words_of(one), words_of(other)), key=len)
    if not short:
        return 0
    pairs = sorted(
        ((likeness(a, b), i, j) for i, a in enumerate(short) for j, b in enumerate(long)), key=lambda pair: -pair[0]
    )
    left, right, found = set(range(len(short))), set(range(len(long))), []
    for alike, i, j in pairs:
        if i in left and j in right:
            left.discard(i)
            right.discard(j)
            found.append(alike)
    mean, weakest = sum(found) / len(short), min(found)
    total = round(100 * (0.7 * mean + 0.2 * weakest + 0.1 * mean * len(short) / len(long)))
    return min(total, ONE_WORD_AT_MOST) if len(short) == 1 < len(long) else total


def best_score(name: str, born: str, names: Iterable[str], entry_born: str) -> int:
    """The best of an entry's names, less when both birth years are known and are more than one year apart."""
    best = max((score(name, other) for other in names), default=0)
    if born[:4].isdigit() and entry_born[:4].isdigit() and abs(int(born[:4]) - int(entry_born[:4])) > 1:
        return max(best - OTHER_BIRTH_YEAR, 0)
    return best
