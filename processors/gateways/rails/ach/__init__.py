"""ACH: credits by a NACHA file, and the bank's files of what came back."""

from processors.gateways.rails.ach.adapter import Ach

__all__ = ["Ach"]
