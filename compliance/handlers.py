"""What this app listens to, in the rooms beneath."""

import compliance.escalations.handlers  # noqa: F401
