"""The providers of cards that we speak to, and what the docs say of all of them."""

from foundation.printed import PAGES
from processors.gateways.base import gateways
from processors.gateways.ccbill import CCBill
from processors.gateways.page import providers_page

gateways.add("ccbill", CCBill())
PAGES.add("providers.md", providers_page)
