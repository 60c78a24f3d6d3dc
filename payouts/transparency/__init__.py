"""What a creator sees of their payouts: words, dates and what they can do. Never a score, a threshold or a rule."""
