"""The guide for a platform's developer, which stands among the documents, as a page of its own."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from dashboards.developers.door import my_platform
from foundation.http.components import Column, Empty, Row, Table

GUIDE = settings.BASE_DIR / "docs" / "integration-guide.md"
WRITTEN_FOR, SANDBOX = "http://localhost:8000", "http://localhost:PORT"
FENCE, RULE = "```", re.compile(r"\|[-|]+\|")
NOTHING = Empty("Nothing", "", icon="search")
# Of links only whole addresses lead somewhere from here; other documents are named.
INLINE = (
    (re.compile(r"\[([^]]+)\]\((http[^)\s]+)\)"), r'<a href="\2">\1</a>'),
    (re.compile(r"\[([^]]+)\]\([^)\s]+\)"), r"\1"),
    (re.compile(r"`([^`]+)`"), r"<code>\1</code>"),
    (re.compile(r"(?<![\w*])\*([^*\s][^*]*)\*"), r"<b>\1</b>"),
)


@dataclass(slots=True)
class Block:
    """A paragraph, a table, or lines to copy."""

    words: str = ""
    code: str = ""
    table: Table | None = None


@dataclass(slots=True)
class Chapter:
    title: str
    blocks: list[Block] = field(default_factory=list)


def guide(request: HttpRequest) -> HttpResponse:
    my_platform(request)
    first, *rest = _chapters()
    return render(request, "developers/guide.html", {"title": first.title, "first": first, "chapters": rest})


@functools.cache
def _chapters() -> list[Chapter]:
    told = GUIDE.read_text(encoding="utf-8").replace(WRITTEN_FOR, settings.PUBLIC_URL)
    return read_guide(told.replace(SANDBOX, settings.SANDBOX_URL.rstrip("/") or SANDBOX).splitlines())


def read_guide(lines: list[str]) -> list[Chapter]:
    """Chapters by their headings, each with its blocks: of Markdown what our guide is written in."""
    chapters: list[Chapter] = []
    paragraph: list[str] = []
    code: list[str] | None = None
    for line in [*lines, ""]:
        if code is not None:
            if line.startswith(FENCE):
                chapters[-1].blocks.append(Block(code="\n".join(code)))
                code = None
            else:
                code.append(line)
            continue
        is_fence, is_heading = line.startswith(FENCE), line.startswith("#")
        if paragraph and (is_fence or is_heading or not line.strip()):
            chapters[-1].blocks.append(_block(paragraph))
            paragraph = []
        if is_fence:
            code = []
        elif is_heading:
            chapters.append(Chapter(line.lstrip("# ")))
        elif line.strip():
            paragraph.append(line)
    return chapters


def _block(lines: list[str]) -> Block:
    if not lines[0].startswith("|"):
        return Block(words=_inline(" ".join(lines)))
    head, *rows = [line.strip("|").split("|") for line in lines if not RULE.match(line)]
    columns = [Column(cell.strip().capitalize()) for cell in head]
    return Block(table=Table("Answers", columns, [Row([_inline(cell) for cell in row]) for row in rows], NOTHING))


def _inline(text: str) -> SafeString:
    drawn = str(escape(text.strip()))
    for pattern, instead in INLINE:
        drawn = pattern.sub(instead, drawn)
    return mark_safe(drawn)  # noqa: S308 - escaped before; what is put in are tags of ours
