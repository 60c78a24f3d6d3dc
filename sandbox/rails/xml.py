"""XML written by hand, every text escaped."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr


class Xml(str):
    """Text that is XML already."""

    __slots__ = ()


def x(name: str, *inner: str, **attributes: str) -> Xml:
    """An element; what is not XML already is escaped, and nothing at all is left out."""
    said = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return Xml(f"<{name}{said}>{''.join(one if isinstance(one, Xml) else escape(one) for one in inner)}</{name}>")


def document(namespace: str, inner: Xml) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{namespace}">{inner}</Document>\n'.encode()
