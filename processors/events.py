"""News of this app, told by the rooms beneath."""

import processors.payments.events  # noqa: F401  its classes enlist themselves
