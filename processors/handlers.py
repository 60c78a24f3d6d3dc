"""What this app listens to, in the rooms beneath."""

import processors.payments.handlers  # noqa: F401  enlists itself
