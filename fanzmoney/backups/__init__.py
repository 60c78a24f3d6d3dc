"""Copies of the house that can be brought back: made, kept, tried and restored."""
