"""Payments: the intent, its attempts, refunds, disputes and subscriptions."""
