"""Hearing news: each group applies each piece of news once, in order per aggregate, or parks it for a person."""
