"""Amounts as people read, hear and copy them. Whole numbers all the way."""

from __future__ import annotations

from foundation.money import Money

SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "KRW": "₩", "BRL": "R$", "PLN": "zł "}
MOST_PLACES = 8
WORDS = {
    "USD": ("US dollar", "US dollars", "cent", "cents"),
    "EUR": ("euro", "euros", "cent", "cents"),
    "GBP": ("pound", "pounds", "penny", "pence"),
    "CAD": ("Canadian dollar", "Canadian dollars", "cent", "cents"),
    "AUD": ("Australian dollar", "Australian dollars", "cent", "cents"),
    "JPY": ("yen", "yen", "", ""),
}


def _split(amount: Money) -> tuple[int, str]:
    whole, part = divmod(abs(amount.minor), 10**amount.exponent)
    return whole, f"{part:0{amount.exponent}d}" if amount.exponent else ""


def plain_amount(amount: Money) -> str:
    """Digits, a point and a minus: what a spreadsheet takes."""
    whole, part = _split(amount)
    return f"{'-' if amount.minor < 0 else ''}{whole}{'.' + part if part else ''}"


def amount_text(amount: Money, *, page_currency: str = "USD") -> str:
    """What the page shows: the symbol alone in the currency of the page, otherwise the code as well."""
    whole, part = _split(amount)
    sign = "\N{MINUS SIGN}" if amount.minor < 0 else ""
    cut = "~" if part[MOST_PLACES:].strip("0") else ""
    part = part[:MOST_PLACES]
    digits = f"{whole:,}{'.' + part if part else ''}"
    if amount.currency == page_currency:
        symbol = SYMBOLS.get(amount.currency)
        return f"{cut}{sign}{symbol}{digits}" if symbol else f"{cut}{sign}{digits} {amount.currency}"
    return f"{cut}{sign}{digits} {amount.currency}"


def amount_in_words(amount: Money) -> str:
    """What a screen reader says."""
    minus = "minus " if amount.minor < 0 else ""
    names = WORDS.get(amount.currency)
    if names is None:
        return f"{minus}{plain_amount(amount).lstrip('-')} {amount.currency}"
    whole, part = _split(amount)
    said = f"{whole:,} {names[0] if whole == 1 else names[1]}"
    if part and int(part):
        said += f" and {int(part)} {names[2] if int(part) == 1 else names[3]}"
    return minus + said
