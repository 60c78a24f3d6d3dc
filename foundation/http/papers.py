"""A table as PDF: a head, as many pages as it takes, the same bytes for the same facts."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

PLAIN, BOLD = "Helvetica", "Helvetica-Bold"
WIDTH, HEIGHT = A4
MARGIN: Final = 40.0
LINE: Final = 12.0
SIZE: Final = 8.0


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
        self.y = HEIGHT - MARGIN - LINE
        self._head()

    def _head(self) -> None:
        self._row(PaperRow([column.label for column in self.columns], is_total=True))
        self.canvas.setLineWidth(0.5)
        self.canvas.line(MARGIN, self.y + LINE - 4, WIDTH - MARGIN, self.y + LINE - 4)

    def _row(self, row: PaperRow) -> None:
        font = BOLD if row.is_total else PLAIN
        self.canvas.setFont(font, SIZE)
        for column, (left, width), text in zip(self.columns, self.places, row.cells, strict=True):
            fitted = _fitted(text, font, width - 6)
            if column.end:
                self.canvas.drawRightString(left + width - 3, self.y, fitted)
            else:
                self.canvas.drawString(left, self.y, fitted)
        self.y -= LINE

    def _end_page(self) -> None:
        self.canvas.setFont(PLAIN, 7)
        self.canvas.drawString(MARGIN, MARGIN - 14, self.foot)
        self.canvas.drawRightString(WIDTH - MARGIN, MARGIN - 14, f"Page {self.canvas.getPageNumber()}")
        self.canvas.showPage()


def _fitted(text: str, font: str, width: float) -> str:
    if stringWidth(text, font, SIZE) <= width:
        return text
    while text and stringWidth(f"{text}...", font, SIZE) > width:
        text = text[:-1]
    return f"{text}..."
