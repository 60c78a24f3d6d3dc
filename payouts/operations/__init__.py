"""Payouts as the people who run them see them: lists, one with everything about it, cash needed, and how it goes."""
