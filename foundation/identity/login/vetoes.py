"""Rooms above may know why somebody must not enter (a suspension, say); they enlist a question here."""

from __future__ import annotations

from collections.abc import Callable

from foundation.errors import Refusal
from foundation.identity.models import User

Veto = Callable[[User], Refusal | None]
_vetoes: list[Veto] = []


def may_veto_sign_in(question: Veto) -> Veto:
    """Have this asked at every sign-in; an answer is the refusal the person reads, None lets them pass."""
    if question not in _vetoes:
        _vetoes.append(question)
    return question


def refuse_vetoed(user: User) -> None:
    for question in _vetoes:
        refusal = question(user)
        if refusal is not None:
            raise refusal
