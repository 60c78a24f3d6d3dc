"""Trust: every charge and every refund is judged here, by limits that people agreed to."""
