"""Addresses, amounts and outcomes: values in, values out."""
