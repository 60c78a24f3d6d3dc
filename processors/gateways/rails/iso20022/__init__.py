"""ISO 20022: transfers by pain.001, word on them by pain.002 and camt.054; spoken by SEPA and wires."""

from processors.gateways.rails.iso20022.adapters import Sepa, Wire

__all__ = ["Sepa", "Wire"]
