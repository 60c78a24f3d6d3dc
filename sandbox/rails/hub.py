"""What the rails share: one book, what was ordered of them, and what falls due."""

from __future__ import annotations

from typing import Protocol

from sandbox.control import Control
from sandbox.rails.book import Book, Instruction
from sandbox.rails.clockwork import Clockwork
from sandbox.rails.plans import Plans


class Rail(Protocol):
    """One way for money to leave."""

    does: tuple[str, ...]
    """What may be ordered of an instruction it took."""

    def act(self, taken: Instruction, do: str, code: str) -> None:
        """Do it now; ValueError says why it cannot be done."""
        ...

    def forget(self) -> None:
        """Know nothing of files, their numbers and reports any more, as for a customer who starts anew."""
        ...


class Rails:
    def __init__(self, control: Control) -> None:
        self.control, self.clock = control, control.clock
        self.book, self.plans = Book(control.clock), Plans()
        self.clockwork = Clockwork(control.clock)
        self.played: dict[str, Rail] = {}

    def play(self, name: str, rail: Rail) -> None:
        """Offer a rail; calm brings it back to its habits."""
        self.played[name] = rail
        self.control.desk(name).settings_forgotten.append(lambda: self.plans.clear(name))

    def forget(self) -> None:
        """Start anew with every customer; the book stays."""
        self.clockwork.forget()
        for rail in self.played.values():
            rail.forget()
