"""The rails that money leaves by."""

from processors.gateways.rails.ach import Ach
from processors.gateways.rails.base import rails
from processors.gateways.rails.epayservice import EPayService
from processors.gateways.rails.iso20022 import Sepa, Wire
from processors.gateways.rails.paxum import Paxum

rails.add("paxum", Paxum())
rails.add("epayservice", EPayService())
rails.add("ach", Ach())
rails.add("sepa", Sepa())
rails.add("wire", Wire())
