"""docs/backup.md as a page: whoever stands before a lost machine may not have the code at hand."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

_CODE_OR_TABLE = re.compile(r"^(```.*?^```|(?:\|[^\n]*\n)+)", re.MULTILINE | re.DOTALL)
_WRAPPED = re.compile(r"(?<=\S)\n *(?=[^\s\-|*0-9])")
_RULER = re.compile(r"[|\s:-]+")


@dataclass(frozen=True, slots=True)
class Block:
    """Words, lines for a shell, or a table."""

    words: str = ""
    code: str = ""
    rows: tuple[tuple[SafeString, ...], ...] = ()


def backups(request: HttpRequest) -> HttpResponse:
    """How copies are made, tried and brought back."""
    crumbs = [("Health", reverse("ops:health")), ("Backups", "")]
    return render(request, "ops/handbook.html", {"chapters": _chapters("backup"), "crumbs": crumbs})


@functools.cache
def _chapters(name: str) -> list[tuple[str, list[Block]]]:
    """The title with what stands below it, then each chapter."""
    text = (settings.BASE_DIR / "docs" / f"{name}.md").read_text(encoding="utf-8").removeprefix("# ")
    split = [chapter.partition("\n") for chapter in text.split("\n## ")]
    return [(head, [_block(part) for part in _CODE_OR_TABLE.split(body) if part.strip()]) for head, _, body in split]


def _block(part: str) -> Block:
    if part.startswith("```"):
        return Block(code=part.strip("`\n"))
    if part.startswith("|"):
        lines = [line for line in part.splitlines() if not _RULER.fullmatch(line)]
        return Block(rows=tuple(tuple(_inline(cell.strip()) for cell in line.strip("|").split("|")) for line in lines))
    return Block(words=_inline(_WRAPPED.sub(" ", part.strip())))


def _inline(text: str) -> SafeString:
    """Bold and code of a text of our own, everything else as it stands."""
    bold = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escape(text), flags=re.DOTALL)
    return mark_safe(re.sub(r"`([^`]+)`", r"<code>\1</code>", bold))  # noqa: S308  escaped before
