"""A table as PDF: a head, as many pages as it takes, the same bytes for the same facts."""

from __future__ import annotations

import functools
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from reportlab import rl_config
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

PLAIN, BOLD = "Helvetica", "Helvetica-Bold"
WIDTH, HEIGHT = A4
MARGIN: Final = 40.0
LINE: Final = 12.0
SIZE: Final = 8.0
# Pages are bytes already: spelled out in letters they would be a quarter larger and take as long again to write.
rl_config.useA85 = 0


@dataclass(frozen=True, slots=True)
class PaperColumn:
    """A heading and its share of the width; `end` aligns to the right."""

    label: str
    share: int
    end: bool = False


@dataclass(frozen=True, slots=True)
class PaperRow:
    cells: Sequence[str]
    is_total: bool = False


def paper(
    title: str, facts: Sequence[tuple[str, str]], columns: Sequence[PaperColumn], rows: Iterable[PaperRow], *, foot: str
) -> bytes:
    """The finished document."""
    return _Paper(title, columns, foot).written(facts, rows)


class _Paper:
    def __init__(self, title: str, columns: Sequence[PaperColumn], foot: str) -> None:
        self.buffer = io.BytesIO()
        self.canvas = Canvas(self.buffer, pagesize=A4, invariant=True, pageCompression=1, lang="en")
        self.canvas.setTitle(title)
        self.canvas.setAuthor("FanzMoneyDash")
        self.text, self.font = self.canvas.beginText(), ""
        self.title, self.columns, self.foot = title, columns, foot
        whole = sum(column.share for column in columns)
        self.places: list[tuple[float, float]] = []
        left = MARGIN
        for column in columns:
            width = (WIDTH - 2 * MARGIN) * column.share / whole
            self.places.append((left, width))
            left += width
        self.y = HEIGHT - MARGIN

    def written(self, facts: Sequence[tuple[str, str]], rows: Iterable[PaperRow]) -> bytes:
        self.canvas.setFont(BOLD, 15)
        self.canvas.drawString(MARGIN, self.y - 12, self.title)
        self.y -= 32
        for name, value in facts:
            self.canvas.setFont(PLAIN, SIZE + 1)
            self.canvas.drawString(MARGIN, self.y, name)
            self.canvas.drawString(MARGIN + 110, self.y, value)
            self.y -= LINE + 1
        self.y -= LINE
        self._head()
        for row in rows:
            if self.y < MARGIN + 2 * LINE:
                self._turn()
            self._row(row)
        self._end_page()
        self.canvas.save()
        return self.buffer.getvalue()

    def _turn(self) -> None:
        self._end_page()
        self.text, self.font = self.canvas.beginText(), ""
        self.y = HEIGHT - MARGIN - LINE
        self._head()

    def _head(self) -> None:
        self._row(PaperRow([column.label for column in self.columns], is_total=True))
        self.canvas.setLineWidth(0.5)
        self.canvas.line(MARGIN, self.y + LINE - 4, WIDTH - MARGIN, self.y + LINE - 4)

    def _row(self, row: PaperRow) -> None:
        """All cells of a page are one piece of text: a thousand pages have a quarter of a million of them."""
        font = BOLD if row.is_total else PLAIN
        if font != self.font:
            self.text.setFont(font, SIZE)
            self.font = font
        for column, (left, width), text in zip(self.columns, self.places, row.cells, strict=True):
            if fitted := _fitted(text, font, width - 6):
                right = width - 3 - _width(fitted, font) if column.end else 0
                self._put(left + right, fitted)
        self.y -= LINE

    def _put(self, x: float, text: str) -> None:
        """Plain letters are written as the operators they become: the library measures and escapes each again."""
        if text.isascii() and text.isprintable():
            spelled = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
            self.text._code.append(f"1 0 0 1 {x:.2f} {self.y:.2f} Tm ({spelled}) Tj")
        else:
            self.text.setTextOrigin(x, self.y)
            self.text.textOut(text)

    def _end_page(self) -> None:
        self.canvas.drawText(self.text)
        self.canvas.setFont(PLAIN, 7)
        self.canvas.drawString(MARGIN, MARGIN - 14, self.foot)
        self.canvas.drawRightString(WIDTH - MARGIN, MARGIN - 14, f"Page {self.canvas.getPageNumber()}")
        self.canvas.showPage()


def _fitted(text: str, font: str, width: float) -> str:
    if _width(text, font) <= width:
        return text
    while text and _width(f"{text}...", font) > width:
        text = text[:-1]
    return f"{text}..."


def _width(text: str, font: str) -> float:
    if text.isascii():
        return sum(map(_widths(font).__getitem__, text.encode()))
    return float(pdfmetrics.stringWidth(text, font, SIZE))


@functools.cache
def _widths(font: str) -> list[float]:
    """Of each ASCII character, so that a quarter of a million cells are added up and not measured."""
    return [float(pdfmetrics.stringWidth(chr(code), font, SIZE)) for code in range(128)]
