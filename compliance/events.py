"""News of this app, told by the rooms beneath."""

import compliance.escalations.events
import compliance.sanctions.events  # noqa: F401
