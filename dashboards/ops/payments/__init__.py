"""Payments on pages: the list, one payment with its past, giving money back, what waits for a person."""
