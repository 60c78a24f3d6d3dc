"""All news this app tells."""

import payouts.freezes.events
import payouts.integrity.events
import payouts.life.events
import payouts.methods.events  # noqa: F401
