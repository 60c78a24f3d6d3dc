"""News of this app, told by the rooms beneath."""

import processors.payments.events
import processors.webhooks.events  # noqa: F401
