"""Who may use this app's addresses: each room beneath says it in a file of its own."""

import payouts.methods.access
import payouts.statements.access
import payouts.transparency.access  # noqa: F401
