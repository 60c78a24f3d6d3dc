"""What this app listens to, in the rooms beneath."""

import payouts.freezes.handlers
import payouts.integrity.handlers
import payouts.life.handlers
import payouts.methods.handlers  # noqa: F401
