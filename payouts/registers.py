"""What this app offers: each room beneath says it in a file of its own."""

import payouts.earnings.registers
import payouts.freezes.registers
import payouts.integrity.registers
import payouts.life.registers
import payouts.methods.registers
import payouts.operations.finding
import payouts.operations.registers
import payouts.schedules.registers
import payouts.transparency.finding
import payouts.transparency.registers  # noqa: F401
from foundation.printed import PAGES
from payouts.support_page import support_page

PAGES.add("creator-support.md", support_page)
