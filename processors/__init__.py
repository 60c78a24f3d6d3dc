"""Charging, refunding and hearing from those who hold the money outside."""
