"""What this app listens to, in the rooms beneath."""

import processors.payments.handlers
import processors.webhooks.handlers  # noqa: F401
