"""Coins to addresses of our own: derived, watched, confirmed, booked."""
