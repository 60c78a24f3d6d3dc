"""Calls from providers: stored first, proved, and applied apart from the request."""
