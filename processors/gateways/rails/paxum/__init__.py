"""Paxum: one transfer at a time, answered at once, found again in the history."""

from processors.gateways.rails.paxum.adapter import Paxum

__all__ = ["Paxum"]
