"""Why a document was not taken."""

from __future__ import annotations

from foundation.errors import Invalid


class NotTaken(Invalid):
    """The document is not of a kind we take, too large, or could not be read safely; nothing was stored."""

    title, default_code = "We cannot take this document", "uploads.not_taken"
