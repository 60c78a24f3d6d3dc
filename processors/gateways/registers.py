"""The providers of cards that we speak to."""

from processors.gateways.base import gateways
from processors.gateways.ccbill import CCBill

gateways.add("ccbill", CCBill())
