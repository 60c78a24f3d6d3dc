"""A creator's payouts: what they have, what is on its way and why it takes as long as it does, and what they can do."""
