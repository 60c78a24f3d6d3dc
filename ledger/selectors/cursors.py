"""Places in the books that a reader brings back as they were given: signed, so that nobody makes up a balance."""

from __future__ import annotations

import base64

from django.core.signing import BadSignature, Signer

from foundation.errors import NotFound


def cursor_to(what: str, *place: object) -> str:
    """The place as letters, digits, `-` and `_`."""
    signed = Signer(salt=f"ledger.{what}").sign("~".join(map(str, place)))
    return base64.urlsafe_b64encode(signed.encode()).rstrip(b"=").decode()


def place_at(what: str, cursor: str) -> list[str]:
    """The parts of a place; NotFound when we did not give this cursor."""
    try:
        signed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
        return Signer(salt=f"ledger.{what}").unsign(signed).split("~")
    except (BadSignature, ValueError):
        raise NotFound("paging.cursor_unknown", "There is no page at this cursor; begin again without one.") from None
