"""Payouts nobody has to ask for, and those that are given up because a sale was taken back."""
