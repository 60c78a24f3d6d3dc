"""Progress goes to stderr, so that stdout carries results alone."""

import sys


def progress(text: str) -> None:
    """Tell the person at the keyboard what happens now."""
    print(f"  {text}", file=sys.stderr, flush=True)
