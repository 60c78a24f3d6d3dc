"""Everything that moves money, in an order drawn from a seed, with the outside world's own books as the oracle."""
