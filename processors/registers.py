"""What this app offers: each room beneath says it in a file of its own."""

import processors.crypto.registers
import processors.facts.registers  # keeps the sums of sales
import processors.gateways.rails.registers
import processors.gateways.registers
import processors.payments.finding
import processors.payments.registers  # its switches, jobs and kinds of change
import processors.webhooks.finding
import processors.webhooks.registers  # noqa: F401
