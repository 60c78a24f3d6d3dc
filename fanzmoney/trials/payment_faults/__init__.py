"""Batteries against payments: answers that are lost, hands that race, deaths, webhooks in any order, planted cards."""
