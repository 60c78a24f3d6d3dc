"""Pages of the people who run payouts."""
