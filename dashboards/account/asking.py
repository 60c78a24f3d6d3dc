"""What a page that asks for a second factor offers its person."""

from __future__ import annotations

from typing import Any

from foundation.identity.login import passkeys, second_factor
from foundation.identity.login.passkeys import Occasion

WRONG_KEY = "That key did not open. Try again, or use a code instead."


def ways_to_prove(occasion: Occasion) -> dict[str, Any]:
    """For the template: whether there is an app, and what to ask a device if there is a passkey."""
    options = passkeys.ask_to_prove(occasion) if passkeys.has_passkey(occasion.user) else None
    return {"has_app": second_factor.has_app(occasion.user), "passkey_options": options}
