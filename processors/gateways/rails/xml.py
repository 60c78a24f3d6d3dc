"""XML from outside, read without entities or document types; names without their namespaces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from foundation.errors import Invalid

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MOST_BYTES = 32 * 1024 * 1024


def read_xml(body: bytes) -> Element:
    """The root; Invalid for what is no XML, or tries something."""
    text = body.strip()
    if len(text) > MOST_BYTES:
        raise Invalid("rails.unreadable", "Too long to be read.")
    try:
        root: Element = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise Invalid("rails.unreadable", "This is no XML that could be read.") from error
    return root


def name_of(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def every(element: Element, name: str) -> Iterator[Element]:
    """All elements of this name below, whatever their namespace."""
    return (one for one in element.iter() if name_of(one) == name)


def child(element: Element | None, *path: str) -> Element | None:
    """The first element along these names."""
    for name in path:
        element = next((one for one in element if name_of(one) == name), None) if element is not None else None
    return element


def text(element: Element | None, *path: str) -> str:
    """What stands there; nothing where there is no such element."""
    found = child(element, *path)
    return (found.text or "").strip() if found is not None else ""
