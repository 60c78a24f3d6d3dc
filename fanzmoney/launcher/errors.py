"""What stops the launcher, in words for the person at the keyboard."""


class LauncherError(Exception):
    """Something outside the code must change first; the message says what."""
