"""Holding the books against themselves and against what others say; every difference is a piece of work.

Nothing here changes the books: a difference is settled by a posting, and the break names it.
"""
