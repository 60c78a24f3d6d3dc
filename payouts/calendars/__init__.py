"""When rails run, when banks book, and when money will be there: pure rules."""

from payouts.calendars.rails import Eta, book_on, eta, eta_sent, next_run

__all__ = ["Eta", "book_on", "eta", "eta_sent", "next_run"]
