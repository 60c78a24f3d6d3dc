"""The product suite: what platforms, fans and creators use."""
