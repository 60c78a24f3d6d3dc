"""What a creator had, got and was paid in a month, as the ledger has it."""
