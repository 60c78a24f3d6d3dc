"""A bank that takes files of payments, looks at every character, and reports what became of them."""
