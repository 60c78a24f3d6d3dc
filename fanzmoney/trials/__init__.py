"""Benches and batteries, each on servers of its own."""
