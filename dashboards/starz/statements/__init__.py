"""A creator's months, and the files they take away."""
