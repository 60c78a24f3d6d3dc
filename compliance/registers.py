"""What this app offers: each room beneath says it in a file of its own."""

import compliance.escalations.finding
import compliance.escalations.registers
import compliance.packs.registers
import compliance.tax.registers  # noqa: F401
