"""The books prove themselves: every stored number is computed again from the movements."""

from ledger.verification.report import Finding, Report, verify

__all__ = ["Finding", "Report", "verify"]
