"""Programs of the providers themselves, each in a throw-away environment, against the sandbox."""
