"""Outgoing webhooks: what a platform may know is told to the addresses its developers named."""
