"""All news this app tells."""

import payouts.life.events
import payouts.methods.events  # noqa: F401
