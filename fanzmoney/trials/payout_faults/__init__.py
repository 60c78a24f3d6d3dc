"""Payouts under kills, sleep, lost answers and races, judged by the book of the played rail."""
